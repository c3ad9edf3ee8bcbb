package web

import (
	"strconv"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// compareBody is a version held against another, or one of its texts against another.
type compareBody struct {
	Path     string
	Versions []views.Option // of the same notice; none: it is the only one
	Texts    []views.Option
	With     []views.Option
	Against  string // what is shown, in words; empty: nothing was chosen
	Changes  []changeRow
}

func (w *site) showComparison(v *visit) error {
	p, err := v.comparisonPage()
	if err != nil {
		return err
	}
	return v.show("compare", p)
}

func (v *visit) comparisonPage() (views.Page, error) {
	no, err := id.ParseVersion(v.Params("version"))
	if err != nil {
		return views.Page{}, err
	}
	o, err := v.Texts.Version(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	bar, _, err := v.bar(o.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	desk, err := v.Notices.Desk(v.UserContext(), v.actor(), o.Notice)
	if err != nil {
		return views.Page{}, err
	}
	n := desk.Notice
	b := compareBody{Path: versionURL(no) + "/compare"}
	with, chosen := v.comparison()
	b.offer(n, o, with)
	if chosen {
		if err := v.compared(&b, o, with); err != nil {
			return views.Page{}, err
		}
	}
	back := &views.Link{Text: n.Name + " " + versionName(o.No), URL: versionURL(no)}
	return views.Page{Title: phrase.Say("compare_title", map[string]any{"version": versionName(o.No)}), Bar: bar, Back: back, Body: b}, nil
}

// comparison reads what was chosen; what is no choice shows nothing.
func (v *visit) comparison() (with notice.Comparison, chosen bool) {
	var err error
	if with.Against, err = id.ParseVersion(v.Query("against")); err == nil {
		return with, true
	}
	with.From, err = strconv.Atoi(v.Query("variant"))
	if err != nil {
		return notice.Comparison{}, false
	}
	with.To, err = strconv.Atoi(v.Query("with"))
	return with, err == nil
}

// offer lists what can be compared.
func (b *compareBody) offer(n notice.Notice, o notice.Version, with notice.Comparison) {
	for _, other := range n.Versions {
		if other.ID != o.ID {
			b.Versions = append(b.Versions, views.Option{Value: other.ID.String(), Text: versionName(other.No), Chosen: other.ID == with.Against})
		}
	}
	for i, s := range o.Document.Sources() {
		name := textName(s.Locale, s.Jurisdictions)
		b.Texts = append(b.Texts, views.Option{Value: strconv.Itoa(i), Text: name, Chosen: i == with.From})
		b.With = append(b.With, views.Option{Value: strconv.Itoa(i), Text: name, Chosen: i == with.To})
	}
}

// compared shows the words that differ. What belongs elsewhere is not found.
func (v *visit) compared(b *compareBody, o notice.Version, with notice.Comparison) error {
	changes, err := v.Texts.Compare(v.UserContext(), v.actor(), o.ID, with)
	if fault.KindOf(err) == fault.Invalid {
		return errMissing
	}
	if err != nil {
		return err
	}
	b.Changes = changeRows(changes)
	if with.Against != 0 {
		for _, other := range b.Versions {
			if other.Chosen {
				b.Against = phrase.Say("redline_against", map[string]any{"version": other.Text})
			}
		}
		return nil
	}
	b.Against = phrase.Say("compare_texts_said", map[string]any{"from": b.Texts[with.From].Text, "to": b.With[with.To].Text})
	return nil
}
