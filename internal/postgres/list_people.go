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

func (p *producer) next() ([]mappedRow, bool) {
	all := make([]mappedRow, 0, rowsAtOnce)
	for len(all) < rowsAtOnce {
		rec, more := p.reader.Next()
		if !more {
			return all, false
		}
		p.rowNo++
		m := mappedRow{no: p.rowNo}
		if m.row, m.reject, m.ok = p.mapper.Map(rec); m.ok && !m.row.Address.IsZero() {
			m.index = p.keys.AddressIndex(m.row.Address.GroupingKey())
		}
		all = append(all, m)
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
	b := batch{rows: make([][]any, 0, len(mapped))}
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
	b.rejects = append(b.rejects, []any{int64(p.list.Incident), int64(p.list.ID), m.no, int64(m.reject.Line), m.reject.Column, reason, cells})
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
	attributes := m.row.Stored(make([]byte, 0, 128), p.keys.SecretIndex)
	b.rows = append(b.rows, []any{int64(p.list.Incident), int64(p.list.ID), m.no, int64(m.row.Line), recipient, cells, attributes})
	return nil
}

// newPerson waits for its run to be sorted.
type newPerson struct {
	index vault.Index
	row   []any
}

// person numbers who is behind a row. Of a person with one row, that row says
// everything; the others are read together at the end.
func (p *producer) person(m mappedRow) (int64, error) {
	if m.row.Address.IsZero() {
		no := p.register.Nameless()
		digest := p.keys.RowDigest(int64(p.list.ID), m.no)
		p.run = append(p.run, newPerson{row: p.line(no, m.row, nil, nil, nil, digest[:])})
		return no, nil
	}
	no, seen := p.register.Person(m.index)
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
	domain := [16]byte(p.db.keys.installation.DomainKey(address.Domain()))
	p.run = append(p.run, newPerson{m.index, p.line(no, m.row, sealed, [16]byte(m.index), domain, digest[:])})
	p.domains[address.Domain()]++
	p.similar = append(p.similar, similarPerson{p.keys.SimilarIndex(address.SimilarityKey()), uint32(no)})
	return no, nil
}

func (p *producer) line(no int64, row intake.Row, sealed []byte, index, domain any, digest []byte) []any {
	return []any{int64(p.list.Incident), no, sealed, index, domain, placesOfRow(row.Jurisdiction), text(row.Locale), text(row.Timezone), consent(row.Consent), digest}
}

// placesOfRow gives the jurisdictions of one row.
func placesOfRow(j string) []string {
	if j == "" {
		return []string{}
	}
	return []string{j}
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
func (p *producer) flush() ([][]any, error) {
	slices.SortFunc(p.run, func(a, b newPerson) int { return bytes.Compare(a.index[:], b.index[:]) })
	out := make([][]any, len(p.run))
	for i, n := range p.run {
		out[i] = n.row
	}
	clear(p.run) // what was written is not held
	p.run = p.run[:0]
	return out, nil
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
