package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/vault"
)

// importing is one import under way.
type importing struct {
	*tx
	list     intake.List
	keys     *vault.Incident
	file     *storedFile
	open     intake.Opener
	register *intake.Register
	lookUp   bool // known people are asked for in batches, not held
	first    bool // nobody is known, and the people's tables stand apart until they are whole
	similar  []similarPerson
	back     [][16]byte // look-up keys of people who are there again
	domains  map[string]int64
	again    map[int64]struct{} // people whose rows must be read together
}

// peopleLock keeps imports and freezes of one incident apart.
const peopleLock = "SELECT pg_advisory_xact_lock(hashtextextended('people of incident', $1))"

// Import reads the stored file over other connections while one transaction
// writes. See intake.Importer. Progress is written and a cancel noticed every
// half second, from outside the transaction.
func (s ListStore) Import(ctx context.Context, l intake.List, open intake.Opener, finish func(intake.Tx, intake.Counts, time.Time) error) error {
	keys, err := s.Incident(ctx, int64(l.Incident))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var file *storedFile
	err = s.do(ctx, func(t *tx) error {
		if err := t.alone("import", int64(l.ID)); err != nil {
			return err
		}
		i := &importing{tx: t, list: l, open: open, keys: keys, domains: map[string]int64{}, again: map[int64]struct{}{}}
		file = newStoredFile(ctx, s.DB, keys, l)
		i.file = file
		watching, done := context.WithCancel(ctx)
		defer done()
		go s.watch(watching, l, file, stop)
		if err := i.run(); err != nil {
			return err
		}
		done() // it must not wait for the row that finish locks
		return finish(listTx{t}, i.register.Counts, t.at)
	})
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, intake.ErrCancelled) {
		return intake.ErrCancelled
	}
	return err
}

// watch tells how far a file was read, and stops an import whose list is no
// longer to be imported.
func (s ListStore) watch(ctx context.Context, l intake.List, file *storedFile, stop context.CancelCauseFunc) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		tag, err := s.pool.Exec(ctx, "UPDATE list SET progress_bytes = $2 WHERE list_no = $1 AND state = 'importing'", int64(l.ID), file.done.Load())
		if err == nil && tag.RowsAffected() == 0 && ctx.Err() == nil {
			stop(intake.ErrCancelled)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (i *importing) run() error {
	for _, step := range []func() error{i.begin, i.rows, i.attach, i.regroup, i.writeSimilar, i.writeDomains, i.checkDomains, i.analyze} {
		if err := step(); err != nil {
			return fmt.Errorf("import %s: %w", i.list.ID, err)
		}
	}
	return nil
}

// begin takes the incident's lock and learns whom it knows. The plans that
// follow run against tables without statistics: whole tables would be read for
// a few people.
func (i *importing) begin() error {
	if _, err := i.pg.Exec(i.ctx, peopleLock, int64(i.list.Incident)); err != nil {
		return err
	}
	for _, bad := range []string{"enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"} {
		if _, err := i.pg.Exec(i.ctx, "SET LOCAL "+bad+" = off"); err != nil {
			return err
		}
	}
	if err := i.pg.QueryRow(i.ctx, "SELECT begin_people($1)", int64(i.list.Incident)).Scan(&i.first); err != nil {
		return err
	}
	return i.learn()
}

// attach gives the people's tables of a first list their indexes, and their place.
func (i *importing) attach() error {
	if !i.first {
		return nil
	}
	_, err := i.pg.Exec(i.ctx, "SELECT attach_people($1)", int64(i.list.Incident))
	return err
}

// into names the table that takes rows of the people's tables.
func (i *importing) into(parent string) string {
	if i.first {
		return fmt.Sprintf("%s_%d", parent, int64(i.list.Incident))
	}
	return parent
}

// learn begins the register with everybody whom the incident knows.
func (i *importing) learn() error {
	var last int64
	if err := i.pg.QueryRow(i.ctx, "SELECT coalesce(max(recipient_no), 0) FROM recipient WHERE incident_no = $1", int64(i.list.Incident)).Scan(&last); err != nil {
		return err
	}
	i.register = intake.NewRegister(last)
	if err := i.readGone(); err != nil {
		return err
	}
	const shortRow = 30 // bytes
	if i.lookUp = last > 10*(i.list.Bytes/shortRow+1); i.lookUp {
		return nil
	}
	return i.readKnown()
}

// rows lets one goroutine read and map, one seal, and one write.
func (i *importing) rows() error {
	reader, err := i.open(i.ctx, i.file)
	if err != nil {
		return err
	}
	defer reader.Close()
	if !slices.Equal(reader.Columns(), i.list.Columns) { // the mapping counts on them
		return fault.New(fault.Invalid, "list_file_broken", nil)
	}
	mapped, batches := make(chan []mappedRow), make(chan batch, 1)
	group, ctx := errgroup.WithContext(i.ctx)
	group.Go(func() error {
		defer close(mapped)
		m := &mapping{keys: i.keys, reader: reader, mapper: intake.NewMapper(i.list.Columns, i.list.Mapping)}
		return m.mapAll(ctx, mapped)
	})
	group.Go(func() error {
		defer close(batches)
		p := &producer{importing: i}
		return p.produce(ctx, mapped, batches)
	})
	group.Go(func() error {
		for b := range batches {
			if err := i.write(ctx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return group.Wait()
}

// batch is what one step of an import writes.
type batch struct{ rows, rejects, people, flags copyRows }

var (
	rowColumns    = []string{"incident_no", "list_no", "row_no", "line", "recipient_no", "cells", "attributes"}
	rejectColumns = []string{"incident_no", "list_no", "row_no", "line", "column_name", "reason", "cells"}
	flagColumns   = []string{"incident_no", "flag", "recipient_no"}
	personColumns = []string{"incident_no", "recipient_no", "address", "address_index", "domain_key", "jurisdictions", "locale", "timezone", "consent", "proof_digest"}
)

func (i *importing) write(ctx context.Context, b batch) error {
	for _, part := range []struct {
		table   string
		columns []string
		rows    copyRows
	}{{i.into("list_row"), rowColumns, b.rows}, {"list_reject", rejectColumns, b.rejects}, {i.into("recipient"), personColumns, b.people}, {"recipient_flag", flagColumns, b.flags}} {
		if err := i.copyIn(ctx, part.table, part.columns, part.rows); err != nil {
			return err
		}
	}
	return nil
}

// producer turns mapped rows into rows to write.
type producer struct {
	*importing
	run      []newPerson // the people of a run, to be sorted
	people   copyRows    // their rows, in the order in which they came
	flags    copyRows    // of these people
	plain    []byte      // reused
	rowBytes int         // the most that the rows of a batch took
}

const (
	rowsAtOnce = 4096
	runLength  = 131_072
)

func (p *producer) produce(ctx context.Context, in <-chan []mappedRow, out chan<- batch) error {
	for mapped := range in {
		if err := p.ask(ctx, mapped); err != nil {
			return err
		}
		b, err := p.seal(mapped)
		if err != nil {
			return err
		}
		if len(p.run) >= runLength {
			p.flush(&b)
		}
		if err := hand(ctx, out, b); err != nil {
			return err
		}
	}
	var last batch
	p.flush(&last)
	return hand(ctx, out, last)
}

// hand gives a batch to whoever takes the next, unless the import ends.
func hand[T any](ctx context.Context, to chan<- T, one T) error {
	select {
	case to <- one:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// analyze lets what reads these people next be planned for as many as there
// are, before the server gets round to it.
func (t *tx) analyze(no id.Incident) error {
	if _, err := t.pg.Exec(t.ctx, "SELECT analyze_incident($1)", int64(no)); err != nil {
		return fmt.Errorf("analyze %s: %w", no, err)
	}
	return nil
}

func (i *importing) analyze() error { return i.tx.analyze(i.list.Incident) }
