package intake

import (
	"cmp"
	"context"
	"errors"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// Store keeps lists.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	List(ctx context.Context, no id.List) (List, error)
	Lists(ctx context.Context, incident id.Incident, after id.List, limit int, where ...filter.Equal) ([]List, error)
	// Head gives the first bytes of a stored file, at most HeadBytes.
	Head(ctx context.Context, l List) ([]byte, error)
	// Same gives another list that holds the same bytes, imported or on its way,
	// and tells whether there is one.
	Same(ctx context.Context, l List) (List, bool, error)
	// Rejects visits the refused rows of a list in their order.
	Rejects(ctx context.Context, l List, visit func(Reject) error) error
	// Refused counts the refused rows of a list, the most frequent reason first.
	Refused(ctx context.Context, l List) ([]Refused, error)
}

// Tx is one transaction over a list. Save removes the stored file of a list
// that needs it no more, and fails with ErrSameFile when the incident has the
// same file as a list already.
type Tx interface {
	Lock(no id.List) (List, error)
	Types(incident id.Incident) (map[string]Type, error) // of attributes, with the incident locked
	Save(l List) error
	Record(e ledger.Entry) error
	Enqueue(t task.Task) error
	// ReviewGates has looked again at what is known of the incident's people.
	ReviewGates(no id.Incident) error
}

// Importer turns a stored file into rows and people, in one transaction. It
// ends in finish, inside that transaction; what finish refuses was never there.
// Beside another run for the same list it fails with task.ErrRunsAlready.
type Importer interface {
	Import(ctx context.Context, l List, open Opener, finish func(tx Tx, made Counts, at time.Time) error) error
}

// Uploads takes a file in, in one transaction. keep is called inside it for
// each chunk, in order, and finish with the rest of what is known.
type Uploads interface {
	Upload(ctx context.Context, l List, write func(tx UploadTx) error) (id.List, error)
}

// UploadTx is the transaction of an upload.
type UploadTx interface {
	Tx
	Number() id.List
	Keep(chunk int, plain []byte) error
}

// Service answers for lists.
type Service struct {
	Store    Store
	Uploads  Uploads
	Importer Importer
	Files    Files
	Books    Workbooks // nil: workbooks are refused
	MostFile int64     // bytes of an upload, as it comes and unpacked; 0: MaxFile
	Withdrawals
	Comparison
}

// MaxFile is how many bytes an upload may have, as it comes and unpacked.
func (s Service) MaxFile() int64 { return cmp.Or(s.MostFile, MaxFile) }

// Get reads a list.
func (s Service) Get(ctx context.Context, by access.Actor, no id.List) (List, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return List{}, err
	}
	return s.Store.List(ctx, no)
}

// List gives the lists of an incident in order of their ids, after one of them.
func (s Service) List(ctx context.Context, by access.Actor, incident id.Incident, after id.List, limit int, where ...filter.Equal) ([]List, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Lists(ctx, incident, after, limit, where...)
}

// Preview shows the beginning of a list that awaits confirmation, read in a
// dialect. Empty parts of the dialect stay as they were proposed.
func (s Service) Preview(ctx context.Context, by access.Actor, no id.List, change func(Dialect) Dialect) (Preview, error) {
	l, err := s.Get(ctx, by, no)
	if err != nil {
		return Preview{}, err
	}
	return s.look(ctx, l, l.asked(change), nil)
}

func (s Service) look(ctx context.Context, l List, d Dialect, raw map[string]string) (Preview, error) {
	if l.State != Awaiting {
		return Preview{}, l.wrongState()
	}
	beginning := s.lookAtText
	if l.Dialect.Format == XLSX {
		beginning = s.lookInBook
	}
	p, err := beginning(ctx, l, d)
	if err != nil {
		return p, err
	}
	same, there, err := s.Store.Same(ctx, l)
	if there {
		p.Same = &same
	}
	if err != nil || raw == nil {
		return p, err
	}
	p.Guesses = nil
	p.Mapping, err = ParseMapping(p.Columns, raw)
	return p, err
}

func (s Service) lookAtText(ctx context.Context, l List, d Dialect) (Preview, error) {
	head, err := s.Store.Head(ctx, l)
	if err != nil {
		return Preview{}, err
	}
	if l.Dialect.Format == NDJSON {
		d = l.Dialect // there is nothing to choose
	}
	head, whole, err := d.Packing.head(head, int64(len(head)) == l.Bytes)
	if err != nil {
		return Preview{}, err
	}
	return Look(head, whole, d, nil)
}

// Confirm starts the import with the dialect and mapping that a person chose;
// a nil mapping means the proposed one.
func (s Service) Confirm(ctx context.Context, by access.Actor, no id.List, change func(Dialect) Dialect, raw map[string]string) (List, error) {
	if err := access.ImportLists.Allow(by); err != nil {
		return List{}, err
	}
	l, err := s.Store.List(ctx, no)
	if err != nil {
		return l, err
	}
	p, err := s.look(ctx, l, l.asked(change), raw)
	if err != nil {
		return l, err
	}
	if err := p.Mapping.Check(p.Columns); err != nil {
		return l, err
	}
	err = s.Store.Do(ctx, func(tx Tx) error {
		if l, err = tx.Lock(no); err != nil {
			return err
		}
		if l, err = l.confirm(p.Dialect, p.Columns, p.Mapping); err != nil {
			return err
		}
		if err := tx.Record(ledger.New(by, ledger.ListConfirmed, no).In(int64(l.Incident)).With(l.asRead())); err != nil {
			return err
		}
		return begin(tx, l)
	})
	return l, err
}

// begin saves a list that is to be imported, and asks for it.
func begin(tx Tx, l List) error {
	types, err := tx.Types(l.Incident)
	if err != nil {
		return err
	}
	if err := l.Mapping.checkTypes(l.Columns, types); err != nil {
		return err
	}
	if err := tx.Save(l); err != nil {
		return err
	}
	return tx.Enqueue(task.Task{Name: task.ImportList, Object: int64(l.ID)})
}

// asRead is how the ledger tells a person's choice.
func (l List) asRead() map[string]any {
	return map[string]any{"name": l.Name, "sha256": l.SHA256, "bytes": l.Bytes, "dialect": l.Dialect, "mapping": l.Mapping.Raw(l.Columns)}
}

// Cancel gives a list up; its file is destroyed. An import that runs ends
// within seconds and leaves nothing.
func (s Service) Cancel(ctx context.Context, by access.Actor, no id.List) (List, error) {
	if err := access.ImportLists.Allow(by); err != nil {
		return List{}, err
	}
	return s.end(ctx, by, no, ledger.ListCancelled, func(l List) (List, error) { return l.cancel(nil) })
}

func (s Service) end(ctx context.Context, by access.Actor, no id.List, verb ledger.Verb, move func(List) (List, error)) (List, error) {
	var l List
	err := s.Store.Do(ctx, func(tx Tx) error {
		var err error
		if l, err = tx.Lock(no); err != nil {
			return err
		}
		if l, err = move(l); err != nil {
			return err
		}
		if err := tx.Save(l); err != nil {
			return err
		}
		return tx.Record(ledger.New(by, verb, no).In(int64(l.Incident)).With(map[string]any{"sha256": l.SHA256, "failure": l.Failure}))
	})
	return l, err
}

// Unconfirmed is how long a file waits for its confirmation before it is
// destroyed.
const Unconfirmed = 24 * time.Hour

// Expire gives up a list that nobody confirmed in time. A second run, and one
// for a list that was confirmed meanwhile, changes nothing.
func (s Service) Expire(ctx context.Context, no id.List) error {
	return s.settle(ctx, no, ledger.ListCancelled, func(l List) (List, error) {
		if l.State != Awaiting {
			return l, l.wrongState()
		}
		return l.cancel(&Failure{Code: "list_expired"})
	})
}

// settle ends what nobody else has ended meanwhile.
func (s Service) settle(ctx context.Context, no id.List, verb ledger.Verb, move func(List) (List, error)) error {
	_, err := s.end(ctx, access.System, no, verb, move)
	if fault.Is(err, "list_state") {
		return nil
	}
	return err
}

// Import does what was asked for, in one transaction. A second run finds the
// list imported and does nothing; one after a crash starts again from the
// stored file. A file that cannot be read as confirmed makes the list failed;
// every other error may heal, and the task is to be run again.
func (s Service) Import(ctx context.Context, no id.List) error {
	l, err := s.Store.List(ctx, no)
	if err != nil || l.State != Importing {
		return err
	}
	err = s.Importer.Import(ctx, l, s.reader(l), func(tx Tx, made Counts, at time.Time) error {
		l, err := tx.Lock(no)
		if err != nil {
			return err
		}
		if l, err = l.finish(made, at); err != nil {
			return err
		}
		if err := tx.Save(l); err != nil {
			return err
		}
		if err := tx.ReviewGates(l.Incident); err != nil {
			return err
		}
		return tx.Record(ledger.New(access.System, ledger.ListImported, no).In(int64(l.Incident)).With(l.asImported()))
	})
	if fault.Is(err, ErrCancelled.Code) || errors.Is(err, task.ErrRunsAlready) {
		return nil
	}
	if f, ok := fault.As(err); ok && hopeless(f) {
		return s.settle(ctx, no, ledger.ListFailed, func(l List) (List, error) { return l.fail(f) })
	}
	return err
}

func (l List) asImported() map[string]any {
	return map[string]any{"sha256": l.SHA256, "rows": l.Counts.Rows, "accepted": l.Counts.Accepted, "rejected": l.Counts.Rejected,
		"new_recipients": l.Counts.New, "known_recipients": l.Counts.Known, "repeats": l.Counts.Repeats}
}

// hopeless tells whether time cannot heal a fault.
func hopeless(f *fault.Fault) bool {
	return f.Kind == fault.Invalid || f.Kind == fault.TooLarge || f.Kind == fault.Unsupported
}
