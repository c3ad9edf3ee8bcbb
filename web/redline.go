package web

import (
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
)

// changeRow is what became of one text.
type changeRow struct {
	Name, Said    string // Said is empty where words changed
	Subject, Body []notice.Edit
}

// redline compares a version with the one that was approved last before it.
func (v *visit) redline(o notice.Version) (string, []changeRow, error) {
	no, all, err := v.Texts.Redline(v.UserContext(), v.actor(), o)
	if err != nil || no == 0 {
		return "", nil, err
	}
	return phrase.Say("redline_against", map[string]any{"version": versionName(no)}), changeRows(all), nil
}

func changeRows(all []notice.Change) []changeRow {
	var rows []changeRow
	for _, c := range all {
		r := changeRow{Name: textName(c.Locale, c.Jurisdictions), Subject: c.Subject, Body: c.Body}
		switch {
		case c.Kind == notice.Added:
			r.Said = phrase.Say("redline_added", nil)
		case c.Kind == notice.Removed:
			r.Said = phrase.Say("redline_removed", nil)
		case c.Same():
			r.Said, r.Subject, r.Body = phrase.Say("redline_same", nil), nil, nil
		}
		rows = append(rows, r)
	}
	return rows
}
