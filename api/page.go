package api

import (
	"encoding/base64"
	"strconv"

	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
)

const (
	usualPage   = 50
	largestPage = 500
)

// page is where a collection is read from. Services are asked for one more
// than its limit: the extra one tells that there is a next page.
type page struct {
	After int64
	limit int
}

// Ask is how many to ask a service for.
func (p page) Ask() int { return p.limit + 1 }

// page reads ?cursor and ?limit.
func (q request) page() (page, error) {
	p := page{limit: usualPage}
	if text := q.Query("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > largestPage {
			return p, fault.Wrong("limit", "field_out_of_range", fault.Values{"name": "limit", "from": 1, "to": largestPage})
		}
		p.limit = n
	}
	if text := q.Query("cursor"); text != "" {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		n, errNumber := strconv.ParseInt(string(raw), 10, 64)
		if err != nil || errNumber != nil || n < 0 {
			return p, fault.Wrong("cursor", "cursor_unknown", nil)
		}
		p.After = n
	}
	return p, nil
}

func cursor(after int64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(after, 10)))
}

// collection is a page as it is answered; next_cursor is null on the last one.
type collection[V any] struct {
	Items      []V     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// answerPage writes what a service gave for p.Ask(), as views. number gives
// where the next page begins after an item.
func answerPage[T, V any](q request, p page, got []T, number func(T) int64, view func(T) V) error {
	out := collection[V]{Items: make([]V, 0, len(got))}
	if len(got) > p.limit {
		got = got[:p.limit]
		next := cursor(number(got[p.limit-1]))
		out.NextCursor = &next
	}
	for _, item := range got {
		out.Items = append(out.Items, view(item))
	}
	return q.JSON(out)
}

// created answers 201 and says where the new thing is.
func (q request) created(path string, v any) error {
	q.Location(Prefix + path)
	return q.Status(201).JSON(v)
}

// accepted answers 202 and says where the progress of long work is.
func (q request) accepted(path string, v any) error {
	q.Location(Prefix + path)
	return q.Status(202).JSON(v)
}

// versioned answers with an entity tag, for a later If-Match.
func (q request) versioned(version int, v any) error {
	httpguard.SetVersion(q.Ctx, version)
	return q.JSON(v)
}

// createdVersioned is created with an entity tag, for a later If-Match.
func (q request) createdVersioned(path string, version int, v any) error {
	httpguard.SetVersion(q.Ctx, version)
	return q.created(path, v)
}

// wholeView is a collection that is short enough to be answered in one.
type wholeView[V any] struct {
	Items []V `json:"items"`
}

// items shows each thing of a short collection.
func items[T, V any](view func(T) V) func([]T) wholeView[V] {
	return func(all []T) wholeView[V] {
		out := wholeView[V]{Items: make([]V, len(all))}
		for i, one := range all {
			out.Items[i] = view(one)
		}
		return out
	}
}
