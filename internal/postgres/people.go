package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/intake"
	"forthwith/internal/mailaddr"
	"forthwith/internal/phrase"
	"forthwith/internal/vault"
)

// People opens recipients of an incident in the order of their numbers as
// given, with the values that are wanted of them. One query reads the
// recipients, one their rows, one their codes; rows and codes are opened only
// when fields are asked for. What cannot be opened breaks its own person and
// nobody else.
func (db *DB) People(ctx context.Context, incident int64, recipients []int64, want intake.Wanted) ([]intake.Person, error) {
	keys, err := db.Incident(ctx, incident)
	if err != nil {
		return nil, err
	}
	people, err := db.openRecipients(ctx, keys, incident, recipients)
	if err != nil {
		return nil, fmt.Errorf("open recipients of incident %d: %w", incident, away(err))
	}
	pools := want.Pools()
	if len(want.Fields) > len(pools) {
		if err := db.addValues(ctx, keys, incident, people, want); err != nil {
			return nil, fmt.Errorf("open rows of incident %d: %w", incident, away(err))
		}
	}
	if len(pools) > 0 {
		if err := db.addCodes(ctx, keys, incident, people, pools); err != nil {
			return nil, fmt.Errorf("open codes of incident %d: %w", incident, away(err))
		}
	}
	return people, nil
}

func (db *DB) openRecipients(ctx context.Context, keys *vault.Incident, incident int64, recipients []int64) ([]intake.Person, error) {
	rows, err := db.pool.Query(ctx, `SELECT recipient_no, address, address_index, proof_digest, individuals, jurisdictions, coalesce(locale, '')
		FROM recipient WHERE incident_no = $1 AND recipient_no = ANY($2)`, incident, recipients)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := make(map[int64]int, len(recipients))
	for i, r := range recipients {
		at[r] = i
	}
	people := make([]intake.Person, len(recipients))
	var p intake.Person
	var sealed []byte
	var index *[16]byte
	for rows.Next() {
		p = intake.Person{}
		if err := rows.Scan(&p.Recipient, &sealed, &index, &p.Proof, &p.Individuals, &p.Jurisdictions, &p.Locale); err != nil {
			return nil, err
		}
		if index == nil {
			p.Unaddressed = true
		} else {
			p.Address, p.Broken = openAddress(keys, *index, sealed)
		}
		people[at[p.Recipient]] = p
	}
	for i := range people {
		if people[i].Recipient == 0 {
			return nil, fmt.Errorf("recipient %d is not there", recipients[i])
		}
	}
	return people, rows.Err()
}

func openAddress(keys *vault.Incident, index vault.Index, sealed []byte) (mailaddr.Address, error) {
	text, err := keys.OpenAddress(index, sealed)
	if err != nil {
		return mailaddr.Address{}, err
	}
	return mailaddr.Parse(text)
}

// places are where in the rows of a list the values of fields stand, column by
// column.
type places []valueAt

type valueAt struct {
	field  string
	column int
}

// addValues reads the rows behind people in order of list and row, and adds
// their values.
func (db *DB) addValues(ctx context.Context, keys *vault.Incident, incident int64, people []intake.Person, want intake.Wanted) error {
	lists, err := db.placesOf(ctx, incident, want)
	if err != nil {
		return err
	}
	at := make(map[int64]*intake.Person, len(people))
	numbers := make([]int64, len(people))
	for i := range people {
		people[i].Values = map[string][]string{}
		at[people[i].Recipient], numbers[i] = &people[i], people[i].Recipient
	}
	rows, err := db.pool.Query(ctx, `SELECT list_no, row_no, recipient_no, cells FROM list_row
		WHERE incident_no = $1 AND recipient_no = ANY($2) ORDER BY list_no, row_no`, incident, numbers)
	if err != nil {
		return err
	}
	var list, row, recipient int64
	var sealed []byte
	_, err = pgx.ForEachRow(rows, []any{&list, &row, &recipient, &sealed}, func() error {
		where, ok := lists[list]
		if !ok {
			return nil
		}
		cells, err := openCells(keys, list, row, sealed)
		if err != nil {
			at[recipient].Broken = err
			return nil
		}
		where.collect(at[recipient].Values, cells)
		return nil
	})
	for i := range people {
		neutral(people[i].Values)
	}
	return err
}

// listRowCells names the column under which cells are sealed: a JSON array of
// strings, in the order of the list's columns.
const listRowCells = "list_row.cells"

func openCells(keys *vault.Incident, list, row int64, sealed []byte) ([]string, error) {
	plain, err := keys.OpenRow(listRowCells, list, row, sealed)
	if err != nil {
		return nil, err
	}
	return intake.ReadCells(plain)
}

func (p places) collect(values map[string][]string, cells []string) {
	for _, at := range p {
		if at.column >= len(cells) {
			continue
		}
		if v := strings.TrimSpace(cells[at.column]); v != "" && !slices.Contains(values[at.field], v) {
			values[at.field] = append(values[at.field], v)
		}
	}
}

// nameField is how a text addresses a person.
const nameField = "recipient.name"

// neutral replaces the names of several people behind one mailbox by a
// greeting that fits all of them: none of them is singled out.
func neutral(values map[string][]string) {
	if len(values[nameField]) > 1 {
		values[nameField] = []string{phrase.Say("neutral_name", nil)}
	}
}

// placesOf reads, for each list that is wanted, the columns of the fields.
func (db *DB) placesOf(ctx context.Context, incident int64, want intake.Wanted) (map[int64]places, error) {
	lists := make([]int64, len(want.Lists))
	for i, l := range want.Lists {
		lists[i] = int64(l)
	}
	rows, err := db.pool.Query(ctx, `SELECT list_no, columns, mapping FROM list WHERE incident_no = $1
		AND CASE WHEN cardinality($2::bigint[]) = 0 THEN state = 'imported' ELSE list_no = ANY($2) END`, incident, lists)
	if err != nil {
		return nil, err
	}
	out := map[int64]places{}
	var list int64
	var columns []string
	var raw map[string]string
	_, err = pgx.ForEachRow(rows, []any{&list, &columns, &raw}, func() error {
		mapping, err := intake.ParseMapping(columns, raw)
		if err != nil {
			return err
		}
		where := places{}
		for i, target := range mapping {
			for _, field := range want.Fields {
				if fills(target, field) {
					where = append(where, valueAt{field, i})
				}
			}
		}
		out[list] = where
		return nil
	})
	return out, err
}

// fills tells whether a column's cells are values of a field.
func fills(t intake.Target, field string) bool {
	switch group, name, _ := strings.Cut(field, "."); {
	case field == nameField:
		return t.Kind == intake.Name
	case field == "recipient.reference":
		return t.Kind == intake.Reference
	case group == "recipient":
		return (t.Kind == intake.Merge || t.Kind == intake.Attribute) && t.Name == name
	case group == "merge":
		return t.Kind == intake.Merge && t.Name == name
	}
	return false
}
