package codes

import (
	"context"
	"io"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// Store keeps pools.
type Store interface {
	Do(ctx context.Context, f func(Tx) error) error
	Pool(ctx context.Context, no id.Pool) (Pool, error)
	Pools(ctx context.Context, incident id.Incident, after id.Pool, limit int, where ...filter.Equal) ([]Pool, error)
}

// Tx is one transaction over a pool.
type Tx interface {
	Insert(p Pool) (Pool, error) // gives it its id
	// Lock keeps a pool from every other file and from preflights.
	Lock(no id.Pool) (Pool, error)
	// Add puts codes behind those that are there. One that is there refuses all.
	Add(p Pool, f File, codes []Code, entry ledger.EntryID) error
	Record(e ledger.Entry) error
}

// Service answers for pools of codes.
type Service struct{ Store Store }

// Upload is a file of codes as it comes from the wire.
type Upload struct {
	Content io.Reader
	// Name gives the name of the pool. It is asked once Content was read to its
	// end, for it may stand behind it; adding to a pool asks too, so that what
	// stands there is looked at.
	Name func() (string, error)
}

// Create makes a pool of a file. Whatever is refused leaves nothing.
func (s Service) Create(ctx context.Context, by access.Actor, incident id.Incident, u Upload) (Pool, error) {
	if err := access.FillPools.Allow(by); err != nil {
		return Pool{}, err
	}
	got, name, err := read(u)
	if err != nil {
		return Pool{}, err
	}
	if err := checkName(name); err != nil {
		return Pool{}, err
	}
	return s.write(ctx, by, got, func(tx Tx) (Pool, error) {
		p, err := tx.Insert(Pool{Incident: incident, Name: name, CreatedBy: by.User})
		if err != nil {
			return p, err
		}
		return p, tx.Record(ledger.New(by, ledger.PoolCreated, p.ID).In(int64(incident)).With(map[string]string{"name": p.Name}))
	})
}

// Add puts the codes of another file behind those of a pool.
func (s Service) Add(ctx context.Context, by access.Actor, no id.Pool, u Upload) (Pool, error) {
	if err := access.FillPools.Allow(by); err != nil {
		return Pool{}, err
	}
	if _, err := s.Store.Pool(ctx, no); err != nil { // before a file is read
		return Pool{}, err
	}
	got, _, err := read(u)
	if err != nil {
		return Pool{}, err
	}
	return s.write(ctx, by, got, func(tx Tx) (Pool, error) { return tx.Lock(no) })
}

// reading bounds how many files a process holds in memory at once.
var reading = make(chan struct{}, 2)

func read(u Upload) (taken, string, error) {
	select {
	case reading <- struct{}{}:
		defer func() { <-reading }()
	default:
		return taken{}, "", fault.New(fault.Unavailable, "code_uploads_busy", fault.Values{"seconds": 10}).After(10 * time.Second)
	}
	got, err := take(u.Content)
	if err != nil {
		return got, "", err
	}
	name, err := u.Name()
	return got, strings.TrimSpace(name), err
}

// write adds the codes of a file to the pool that open gives, with their entry.
func (s Service) write(ctx context.Context, by access.Actor, got taken, open func(Tx) (Pool, error)) (Pool, error) {
	var no id.Pool
	err := s.Store.Do(ctx, func(tx Tx) error {
		p, err := open(tx)
		if err != nil {
			return err
		}
		no = p.ID
		f := File{SHA256: got.sum, Codes: int64(len(got.codes)), UploadedBy: by.User}
		told := ledger.New(by, ledger.CodesAdded, no).In(int64(p.Incident)).With(map[string]any{"codes": f.Codes, "sha256": f.SHA256})
		if err := tx.Add(p, f, got.codes, told.ID); err != nil {
			return err
		}
		return tx.Record(told)
	})
	if err != nil {
		return Pool{}, err
	}
	return s.Store.Pool(ctx, no)
}

// Get reads a pool.
func (s Service) Get(ctx context.Context, by access.Actor, no id.Pool) (Pool, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return Pool{}, err
	}
	return s.Store.Pool(ctx, no)
}

// List gives the pools of an incident in order of their ids.
func (s Service) List(ctx context.Context, by access.Actor, incident id.Incident, after id.Pool, limit int, where ...filter.Equal) ([]Pool, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Pools(ctx, incident, after, limit, where...)
}
