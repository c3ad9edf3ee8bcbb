package web

import (
	"net/url"
	"strconv"

	"forthwith/web/views"
)

// pageLength is how many rows a page of a collection has.
const pageLength = 50

// after reads where a page of a collection begins.
func (v *visit) after() (int64, error) {
	text := v.Query("cursor")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, errMissing
	}
	return n, nil
}

// paged cuts what a service gave for pageLength+1, and makes the links around
// it. number gives where the next page begins after an item.
func paged[T any](v *visit, got []T, number func(T) int64) ([]T, views.Pages) {
	var p views.Pages
	if v.Query("cursor") != "" {
		p.Newer = v.with("cursor", "")
	}
	if len(got) > pageLength {
		got = got[:pageLength]
		p.Older = v.with("cursor", strconv.FormatInt(number(got[pageLength-1]), 10))
	}
	return got, p
}

// with is the address of this page with another value of one parameter.
func (v *visit) with(name, value string) string {
	q := url.Values{}
	for key, old := range v.Queries() {
		q.Set(key, old)
	}
	q.Set(name, value)
	if value == "" {
		q.Del(name)
	}
	if len(q) == 0 {
		return v.Path()
	}
	return v.Path() + "?" + q.Encode()
}
