package postgres

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/intake"
	"forthwith/internal/vault"
)

// mappedRow is a record that was read: a row, or a refusal.
type mappedRow struct {
	no     int64
	row    intake.Row
	reject intake.Reject
	ok     bool
	index  vault.Index
}

// mapping walks a file.
type mapping struct {
	keys   *vault.Incident
	reader *intake.Reader
	mapper *intake.Mapper
	rowNo  int64
}

// mapAll hands on the rows of the file, some at a time.
func (m *mapping) mapAll(ctx context.Context, out chan<- []mappedRow) error {
	for more := true; more; {
		var some []mappedRow
		some, more = m.next()
		if err := hand(ctx, out, some); err != nil {
			return err
		}
	}
	return m.reader.Err()
}

func (m *mapping) next() ([]mappedRow, bool) {
	all := make([]mappedRow, 0, rowsAtOnce)
	for len(all) < rowsAtOnce {
		rec, more := m.reader.Next()
		if !more {
			return all, false
		}
		m.rowNo++
		one := mappedRow{no: m.rowNo}
		if one.row, one.reject, one.ok = m.mapper.Map(rec); one.ok && !one.row.Address.IsZero() {
			one.index = m.keys.AddressIndex(one.row.Address.GroupingKey())
		}
		all = append(all, one)
	}
	return all, true
}

// ask looks up which people of a batch are known, where not all were read.
func (p *producer) ask(ctx context.Context, mapped []mappedRow) error {
	if !p.lookUp {
		return nil
	}
	var unknown [][16]byte
	for _, m := range mapped {
		if m.ok && !m.row.Address.IsZero() && !p.register.Has(m.index) {
			unknown = append(unknown, m.index)
		}
	}
	rows, err := p.db.pool.Query(ctx, "SELECT recipient_no, address_index FROM recipient WHERE incident_no = $1 AND address_index = ANY($2)", int64(p.list.Incident), unknown)
	if err != nil {
		return err
	}
	var no int64
	var index [16]byte
	_, err = pgx.ForEachRow(rows, []any{&no, &index}, func() error {
		p.register.Know(index, no)
		return nil
	})
	return err
}

func (p *producer) seal(mapped []mappedRow) (batch, error) {
	b := batch{rows: copyRows{buf: make([]byte, 0, p.rowBytes)}}
	for _, m := range mapped {
		if !m.ok {
			p.register.Refused()
			if err := p.sealReject(&b, m); err != nil {
				return b, err
			}
			continue
		}
		if err := p.sealRow(&b, m); err != nil {
			return b, err
		}
	}
	p.rowBytes = max(p.rowBytes, len(b.rows.buf))
	return b, nil
}

func (p *producer) sealReject(b *batch, m mappedRow) error {
	reason, err := json.Marshal(rejectReason{string(m.reject.Reason), m.reject.Got})
	if err != nil {
		return err
	}
	cells, err := p.sealCells(rejectCells, m.no, m.reject.Escaped())
	if err != nil {
		return err
	}
	c := &b.rejects
	c.begin(len(rejectColumns))
	c.bigint(int64(p.list.Incident))
	c.bigint(int64(p.list.ID))
	c.bigint(m.no)
	c.bigint(int64(m.reject.Line))
	c.text(m.reject.Column)
	c.jsonb(reason)
	c.bytea(cells)
	return nil
}

func (p *producer) sealCells(column string, row int64, cells []string) ([]byte, error) {
	p.plain = intake.CellsJSON(p.plain[:0], cells)
	return p.keys.SealRow(column, int64(p.list.ID), row, p.plain)
}

func (p *producer) sealRow(b *batch, m mappedRow) error {
	recipient, err := p.person(m)
	if err != nil {
		return err
	}
	cells, err := p.sealCells(listRowCells, m.no, m.row.Cells)
	if err != nil {
		return err
	}
	p.plain = m.row.Stored(p.plain[:0], p.keys.SecretIndex)
	c := &b.rows
	c.begin(len(rowColumns))
	c.bigint(int64(p.list.Incident))
	c.bigint(int64(p.list.ID))
	c.bigint(m.no)
	c.bigint(int64(m.row.Line))
	c.bigint(recipient)
	c.bytea(cells)
	c.jsonb(p.plain)
	return nil
}

// newPerson waits for its run to be sorted.
type newPerson struct {
	index    vault.Index
	from, to int // where the row stands
}

// person numbers who is behind a row. Of a person with one row, that row says
// everything; the others are read together at the end.
func (p *producer) person(m mappedRow) (int64, error) {
	if m.row.Address.IsZero() {
		no := p.register.Nameless()
		digest := p.keys.RowDigest(int64(p.list.ID), m.no)
		p.line(no, m, nil, digest[:])
		return no, nil
	}
	no, seen := p.register.Person(m.index)
	if seen == intake.Returned {
		p.back = append(p.back, [16]byte(p.keys.SimilarIndex(m.row.Address.SimilarityKey())))
	}
	if seen != intake.NewPerson {
		p.again[no] = struct{}{}
		return no, nil
	}
	address := m.row.Address
	sealed, err := p.keys.SealAddress(m.index, address.String())
	if err != nil {
		return 0, err
	}
	digest := p.keys.PersonDigest(address.GroupingKey())
	p.line(no, m, sealed, digest[:])
	p.domains[address.Domain()]++
	for _, f := range intake.AddressFlags(address) {
		p.flags.begin(len(flagColumns))
		p.flags.bigint(int64(p.list.Incident))
		p.flags.text(string(f))
		p.flags.bigint(no)
	}
	p.similar = append(p.similar, similarPerson{p.keys.SimilarIndex(address.SimilarityKey()), uint32(no)})
	return no, nil
}

// line adds a person's row to the run. sealed is nil for who has no address.
func (p *producer) line(no int64, m mappedRow, sealed, digest []byte) {
	c, from := &p.people, len(p.people.buf)
	c.begin(len(personColumns))
	c.bigint(int64(p.list.Incident))
	c.bigint(no)
	if sealed == nil {
		c.null()
		c.null()
		c.null()
	} else {
		domain := p.db.keys.installation.DomainKey(m.row.Address.Domain())
		c.bytea(sealed)
		c.bytea(m.index[:])
		c.bytea(domain[:])
	}
	c.texts(m.row.Jurisdiction)
	c.textOrNull(m.row.Locale)
	c.textOrNull(m.row.Timezone)
	c.boolOrNull(consent(m.row.Consent))
	c.bytea(digest)
	p.run = append(p.run, newPerson{m.index, from, len(c.buf)})
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func consent(a intake.Answer) *bool {
	if a == intake.NotAsked {
		return nil
	}
	yes := a == intake.Agreed
	return &yes
}

// flush gives the people of a run in the order of their index, which spares
// the index from random pages.
func (p *producer) flush(b *batch) {
	slices.SortFunc(p.run, func(a, b newPerson) int { return bytes.Compare(a.index[:], b.index[:]) })
	sorted := copyRows{buf: make([]byte, 0, len(p.people.buf)), rows: p.people.rows}
	for _, n := range p.run {
		sorted.buf = append(sorted.buf, p.people.buf[n.from:n.to]...)
	}
	p.run, p.people = p.run[:0], copyRows{buf: p.people.buf[:0]}
	b.people, b.flags, p.flags = sorted, p.flags, copyRows{}
}

// readGone reads whom the incident had and no list has now.
func (i *importing) readGone() error {
	rows, err := i.pg.Query(i.ctx, gone, int64(i.list.Incident))
	if err != nil {
		return err
	}
	var no int64
	_, err = pgx.ForEachRow(rows, []any{&no}, func() error {
		i.register.Gone(no)
		return nil
	})
	return err
}

// readKnown reads everybody whom the incident has, in binary.
func (i *importing) readKnown() error {
	src, sink := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- i.takeKnown(src) }()
	_, err := i.pg.PgConn().CopyTo(i.ctx, sink, fmt.Sprintf(`COPY (SELECT recipient_no, address_index FROM recipient
		WHERE incident_no = %d AND address_index IS NOT NULL) TO STDOUT (FORMAT binary)`, int64(i.list.Incident)))
	_ = sink.CloseWithError(err)
	if taken := <-ended; err == nil {
		err = taken
	}
	if err != nil {
		return fmt.Errorf("read known people: %w", err)
	}
	return nil
}

// takeKnown reads PostgreSQL's binary COPY format: a header of 19 bytes, then
// rows of a field count and fields with their lengths.
func (i *importing) takeKnown(src *io.PipeReader) (err error) {
	defer func() { _ = src.CloseWithError(err) }()
	var head [19]byte
	if _, err := io.ReadFull(src, head[:]); err != nil {
		return err
	}
	const field = 4
	var line [2 + field + 8 + field + 16]byte
	for {
		if _, err := io.ReadFull(src, line[:2]); err != nil {
			return err
		}
		if int16(binary.BigEndian.Uint16(line[:2])) == -1 {
			_, err := io.Copy(io.Discard, src)
			return err
		}
		if _, err := io.ReadFull(src, line[2:]); err != nil {
			return err
		}
		i.register.Know(vault.Index(line[18:]), int64(binary.BigEndian.Uint64(line[6:14])))
	}
}
