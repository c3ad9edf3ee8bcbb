package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// File is an upload as it comes from the wire.
type File struct {
	Name    string // as the sender calls it; for sentences only
	Content io.Reader
	// Form gives the other fields. It is asked once Content was read to its
	// end, for they may stand behind it.
	Form func() (Form, error)
}

// Form is what an upload says about its file.
type Form struct {
	Name    string            // of the list; empty: the file's
	Mapping map[string]string // nil: to be confirmed
}

// ChunkBytes is the size of a stored chunk. The first holds all that a preview
// needs.
const ChunkBytes = HeadBytes

// Upload keeps a file, sealed in chunks as it streams in. With a mapping its
// import starts; without one it awaits confirmation. Whatever is refused, and
// an upload that breaks off, leaves nothing.
func (s Service) Upload(ctx context.Context, by access.Actor, incident id.Incident, f File) (List, error) {
	if err := access.ImportLists.Allow(by); err != nil {
		return List{}, err
	}
	begun := false
	no, err := s.Uploads.Upload(ctx, List{Incident: incident, State: Awaiting, UploadedBy: by.User}, func(tx UploadTx) error {
		if begun { // a stream cannot be read twice
			return fault.New(fault.Unavailable, "upload_broken", nil)
		}
		begun = true
		return s.take(ctx, tx, by, incident, f)
	})
	if err != nil {
		return List{}, err
	}
	return s.Store.List(ctx, no)
}

func (s Service) take(ctx context.Context, tx UploadTx, by access.Actor, incident id.Incident, f File) error {
	stored, sniffed, err := s.keep(ctx, tx, f)
	if err != nil {
		return err
	}
	form, err := f.Form()
	if err != nil {
		return err
	}
	l := List{ID: tx.Number(), Incident: incident, State: Awaiting, Name: strings.TrimSpace(form.Name), Bytes: stored.size, SHA256: stored.sum(), UploadedBy: by.User}
	if l.Name == "" {
		l.Name = f.Name
	}
	if err := fault.Wrongs(checkName(l.Name)); err != nil {
		return err
	}
	if l, err = l.seen(f.Name, sniffed, form.Mapping); err != nil {
		return err
	}
	if err := tx.Record(ledger.New(by, ledger.ListUploaded, l.ID).In(int64(incident)).With(l.asRead())); err != nil {
		return err
	}
	if l.State == Importing {
		return begin(tx, l)
	}
	return tx.Save(l)
}

// stored counts and hashes the bytes that were kept.
type stored struct {
	size int64
	hash hash.Hash
}

func (s *stored) sum() [sha256.Size]byte { return [sha256.Size]byte(s.hash.Sum(nil)) }

// keep stores the bytes as they come, and looks at what they say.
func (s Service) keep(ctx context.Context, tx UploadTx, f File) (*stored, *Sniffer, error) {
	kept := &stored{hash: sha256.New()}
	src := Packing("").content(f.Content, s.MaxFile())
	chunk := make([]byte, ChunkBytes)
	var looking *looking
	for no := 0; ; no++ {
		n, err := io.ReadFull(src, chunk)
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			looking.stop()
			return nil, nil, broken(err)
		}
		if no == 0 {
			looking = look(f.Name, packingOf(chunk[:n]), s.MaxFile(), s.opener(ctx))
		}
		if n > 0 {
			err = looking.at(chunk[:n])
			if err == nil {
				err = tx.Keep(no, chunk[:n])
			}
			if err != nil {
				looking.stop()
				return nil, nil, err
			}
			kept.size += int64(n)
			_, _ = kept.hash.Write(chunk[:n]) // never fails
		}
		if last {
			sniffed, err := looking.end()
			return kept, sniffed, err
		}
	}
}

// broken tells a refusal from a wire that broke.
func broken(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		return err
	}
	return fault.New(fault.Invalid, "upload_broken", nil).Because(err)
}

// seen looks at a whole file: how it is to be read, and what its columns
// become.
func (l List) seen(file string, s *Sniffer, raw map[string]string) (List, error) {
	p, whole, err := s.Look()
	if err != nil {
		return l, err
	}
	if p.Seen == 0 && whole {
		return l, fault.Wrong("file", "file_empty", fault.Values{"file": file})
	}
	l.Dialect, l.Columns, l.Mapping = p.Dialect, p.Columns, p.Mapping
	if raw != nil {
		l.State = Importing
		l.Mapping, err = ParseMapping(p.Columns, raw)
		return l, err
	}
	if p.column(Email) < 0 && !p.anyAddress() && !anyAddress(p.Sheets) {
		return l, fault.Wrong("file", "no_address_column", nil)
	}
	return l, nil
}

// anyAddress tells whether any cell that was looked at is an address.
func (p Preview) anyAddress() bool {
	for _, row := range p.Rows {
		for _, cell := range row {
			if isAddress(cell) {
				return true
			}
		}
	}
	return false
}

// checkTypes refuses an attribute that another list of the incident has with
// another type: a rule could not compare the two.
func (m Mapping) checkTypes(columns []string, have map[string]Type) error {
	var wrong []fault.Field
	for i, t := range m {
		if t.Kind != Attribute && t.Kind != SecretAttribute {
			continue
		}
		if other, ok := have[t.Name]; ok && other != t.stored() {
			wrong = append(wrong, mappingField(columns[i], "attribute_type_differs", fault.Values{"attribute": t.Name, "type": string(other)}))
		}
	}
	return fault.Wrongs(wrong)
}

// stored is the type as rules see it.
func (t Target) stored() Type {
	if t.Kind == SecretAttribute {
		return Secret
	}
	return t.Type
}

// Secret is the type of an attribute of which only digests are kept.
const Secret Type = "secret"

// Types gives the attributes of a mapping with their types.
func (m Mapping) Types() map[string]Type {
	all := map[string]Type{}
	for _, t := range m {
		if t.Kind == Attribute || t.Kind == SecretAttribute {
			all[t.Name] = t.stored()
		}
	}
	return all
}
