package postgres

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/intake"
	"forthwith/internal/vault"
)

// similarPerson is a person by their look-up key: who has the same is probably
// the same.
type similarPerson struct {
	index vault.Index
	no    uint32
}

// similarEntry is how many bytes a person takes in a row of recipient_similar.
const similarEntry = 16 + 4

// similarAtOnce is how many people a row holds, or some more of one key.
const similarAtOnce = 512

var similarColumns = []string{"incident_no", "list_no", "first_index", "last_index", "entries"}

// writeSimilar adds the look-up keys in their order, and flags those that are
// another person's too.
func (i *importing) writeSimilar() error {
	slices.SortFunc(i.similar, func(a, b similarPerson) int {
		if c := bytes.Compare(a.index[:], b.index[:]); c != 0 {
			return c
		}
		return int(a.no) - int(b.no)
	})
	blocks := blocksOf(i.similar)
	err := i.copyEach(i.ctx, "recipient_similar", similarColumns, len(blocks), func(c *copyRows, n int) error {
		b := blocks[n]
		c.begin(len(similarColumns))
		c.bigint(int64(i.list.Incident))
		c.bigint(int64(i.list.ID))
		c.bytea(b[0].index[:])
		c.bytea(b[len(b)-1].index[:])
		c.bytea(entriesOf(b))
		return nil
	})
	if err != nil {
		return err
	}
	return i.flagSimilar()
}

// blocksOf cuts sorted people into rows, never between two of the same key.
func blocksOf(all []similarPerson) [][]similarPerson {
	var blocks [][]similarPerson
	for len(all) > 0 {
		n := min(len(all), similarAtOnce)
		for n < len(all) && all[n].index == all[n-1].index {
			n++
		}
		blocks, all = append(blocks, all[:n]), all[n:]
	}
	return blocks
}

func entriesOf(people []similarPerson) []byte {
	raw := make([]byte, 0, len(people)*similarEntry)
	for _, p := range people {
		raw = append(raw, p.index[:]...)
		raw = binary.BigEndian.AppendUint32(raw, p.no)
	}
	return raw
}

// alike reads the people of some keys, which come sorted.
func (i *importing) alike(keys [][16]byte) (map[[16]byte][]int64, error) {
	found := make(map[[16]byte][]int64, len(keys))
	for _, k := range keys {
		found[k] = nil
	}
	rows, err := i.pg.Query(i.ctx, "SELECT entries FROM recipient_similar WHERE incident_no = $1 AND first_index <= $3 AND last_index >= $2",
		int64(i.list.Incident), keys[0], keys[len(keys)-1])
	if err != nil {
		return nil, err
	}
	var raw []byte
	_, err = pgx.ForEachRow(rows, []any{&raw}, func() error {
		for e := range slices.Chunk(raw, similarEntry) {
			key := [16]byte(e)
			if people, asked := found[key]; asked {
				found[key] = append(people, int64(binary.BigEndian.Uint32(e[16:])))
			}
		}
		return nil
	})
	return found, err
}

// flagSimilar marks everybody whose key is somebody else's too. Keys that stand
// twice in this list need no question; others are asked about where the incident
// had people before.
func (i *importing) flagSimilar() error {
	keys := i.back
	for n, s := range i.similar {
		twice := n > 0 && i.similar[n-1].index == s.index || n+1 < len(i.similar) && i.similar[n+1].index == s.index
		if twice || i.register.Continues() {
			keys = append(keys, [16]byte(s.index))
		}
	}
	gone := map[int64]bool{}
	for _, no := range i.register.StillGone() {
		gone[no] = true
	}
	for some := range slices.Chunk(sorted(keys), peopleAtOnce) {
		found, err := i.alike(some)
		if err != nil {
			return err
		}
		var flagged []int64
		for _, people := range found {
			if people = slices.DeleteFunc(people, func(no int64) bool { return gone[no] }); len(people) > 1 {
				flagged = append(flagged, people...)
			}
		}
		_, err = i.pg.Exec(i.ctx, "INSERT INTO recipient_flag (incident_no, flag, recipient_no) SELECT $1, $2, unnest($3::bigint[]) ON CONFLICT DO NOTHING",
			int64(i.list.Incident), string(intake.SimilarAddress), flagged)
		if err != nil {
			return err
		}
	}
	return nil
}

func sorted(keys [][16]byte) [][16]byte {
	slices.SortFunc(keys, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(keys)
}

// unflagSimilar takes the mark from people whose like no list has any more.
func (i *importing) unflagSimilar() error {
	marked, err := i.marked()
	if err != nil || len(marked) == 0 {
		return err
	}
	left, err := i.numbers(gone, int64(i.list.Incident))
	if err != nil {
		return err
	}
	missing := make(map[int64]bool, len(left))
	for _, no := range left {
		missing[no] = true
	}
	keys := make([][16]byte, 0, len(marked))
	for key := range marked {
		keys = append(keys, key)
	}
	for some := range slices.Chunk(sorted(keys), peopleAtOnce) {
		found, err := i.alike(some)
		if err != nil {
			return err
		}
		if err := i.unmark(alone(some, marked, found, missing)); err != nil {
			return err
		}
	}
	return nil
}

// marked reads who is marked, by their keys.
func (i *importing) marked() (map[[16]byte][]int64, error) {
	rows, err := i.pg.Query(i.ctx, `SELECT r.recipient_no, r.address, r.address_index FROM recipient_flag f JOIN recipient r USING (incident_no, recipient_no)
		WHERE f.incident_no = $1 AND f.flag = $2`, int64(i.list.Incident), string(intake.SimilarAddress))
	if err != nil {
		return nil, err
	}
	marked := map[[16]byte][]int64{}
	var no int64
	var sealed []byte
	var index [16]byte
	_, err = pgx.ForEachRow(rows, []any{&no, &sealed, &index}, func() error {
		address, err := openAddress(i.keys, index, sealed)
		if err != nil {
			return err
		}
		key := [16]byte(i.keys.SimilarIndex(address.SimilarityKey()))
		marked[key] = append(marked[key], no)
		return nil
	})
	return marked, err
}

// alone gives those who are marked and have nobody else with their key.
func alone(keys [][16]byte, marked, found map[[16]byte][]int64, missing map[int64]bool) []int64 {
	var all []int64
	for _, key := range keys {
		for _, no := range marked[key] {
			if !slices.ContainsFunc(found[key], func(other int64) bool { return other != no && !missing[other] }) {
				all = append(all, no)
			}
		}
	}
	return all
}

func (i *importing) unmark(people []int64) error {
	if len(people) == 0 {
		return nil
	}
	_, err := i.pg.Exec(i.ctx, "DELETE FROM recipient_flag WHERE incident_no = $1 AND flag = $2 AND recipient_no = ANY($3)",
		int64(i.list.Incident), string(intake.SimilarAddress), people)
	return err
}
