package notice

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Comparison is what a version is held against: another version of its notice, or,
// without one, one of its texts against another.
type Comparison struct {
	Against  id.Version
	From, To int // texts, in the notice's order
}

// Compare gives word by word what another version has otherwise, or how one text
// of a version differs from another.
func (s Service) Compare(ctx context.Context, by access.Actor, no id.Version, with Comparison) ([]Change, error) {
	v, err := s.Version(ctx, by, no)
	if err != nil {
		return nil, err
	}
	if with.Against == 0 {
		return v.Document.between(with.From, with.To)
	}
	other, err := s.Version(ctx, by, with.Against)
	if err == nil && other.Notice != v.Notice {
		err = fault.Wrong("against", "compared_with_another_notice", nil)
	}
	if err != nil {
		return nil, err
	}
	return Changes(other.Document.Texts(), v.Document.Texts()), nil
}

// between compares two texts.
func (d Document) between(from, to int) ([]Change, error) {
	sources := d.Texts()
	for name, i := range map[string]int{"variant": from, "with": to} {
		if i < 0 || i >= len(sources) {
			return nil, fault.Wrong(name, "field_out_of_range", fault.Values{"name": name, "from": 0, "to": len(sources) - 1})
		}
	}
	return []Change{changed(sources[from], sources[to], time.Now().Add(redlineTime))}, nil
}
