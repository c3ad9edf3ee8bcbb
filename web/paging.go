package web

import "forthwith/internal/id"

// pageLength is how many rows a page of a long list shows.
const pageLength = 50

// paging are the ways to the pages beside one.
type paging struct{ Newer, Older string }

// cursorOf reads the last id that the page before showed.
func cursorOf[N ~int64](v *visit, parse func(string) (N, error)) (N, error) {
	text := v.Query("cursor")
	if text == "" {
		return 0, nil
	}
	no, err := parse(text)
	if err != nil {
		return 0, id.ErrForm
	}
	return no, nil
}

// pageOf cuts off the row that tells of a further page.
func pageOf[T any](all []T, path string, later bool, cursor func(T) string) ([]T, paging) {
	var p paging
	if later {
		p.Newer = path
	}
	if len(all) > pageLength {
		all = all[:pageLength]
		p.Older = path + "?cursor=" + cursor(all[pageLength-1])
	}
	return all, p
}
