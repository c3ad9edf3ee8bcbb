package web

import (
	"strconv"

	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/web/views"
)

// talkBody is one text of a version, and the open comments.
type talkBody struct {
	Open       string // how many
	Whole      []remark
	Changed    []remark // whose paragraph was changed since
	Name       string   // of the text
	Paragraphs []paragraphRow
	Others     []views.Link // the other texts, with how many are open in each
	All, New   string       // every comment; the form for one on all of it, if the reader may
}

// paragraphRow is a paragraph with its comments.
type paragraphRow struct {
	ID, Source string
	Line       int
	Comment    string // the form, if the reader may
	Remarks    []remark
}

// talk shows the text that was asked for, by default the first that is commented.
func (v *visit) talk(o notice.Version, s overview.Standing) (talkBody, error) {
	r, err := v.remarker(o, s)
	if err != nil {
		return talkBody{}, err
	}
	all, err := v.Comments.OpenComments(v.UserContext(), v.actor(), o)
	if err != nil {
		return talkBody{}, err
	}
	b := talkBody{Open: openRemarks(len(all)), All: versionURL(o.ID) + "/comments"}
	if r.may {
		b.New = versionURL(o.ID) + "/comment"
	}
	at := map[notice.Spot][]remark{}
	open := make([]int, len(r.texts))
	for _, c := range all {
		switch {
		case c.Anchor == nil:
			b.Whole = append(b.Whole, r.remark(c, r.where(c)))
		case c.Here == nil:
			b.Changed = append(b.Changed, r.remark(c, r.where(c)))
		default:
			open[c.Here.Variant]++
			at[*c.Here] = append(at[*c.Here], r.remark(c, nil))
		}
	}
	shown, err := v.talkedOf(open)
	if err != nil {
		return b, err
	}
	b.Name = textName(r.texts[shown].Locale, r.texts[shown].Jurisdictions)
	b.Paragraphs, b.Others = r.paragraphs(shown, at), r.others(shown, open)
	return b, nil
}

// talkedOf is the text that was asked for, or the first with an open comment.
func (v *visit) talkedOf(open []int) (int, error) {
	c, err := v.choice()
	if err != nil {
		return 0, err
	}
	if c.variant >= 0 && c.variant < len(open) {
		return c.variant, nil
	}
	for i, n := range open {
		if n > 0 {
			return i, nil
		}
	}
	return 0, nil
}

func (r remarker) paragraphs(variant int, remarks map[notice.Spot][]remark) (rows []paragraphRow) {
	for _, p := range r.texts[variant].Paragraphs() {
		at := notice.Spot{Variant: variant, Line: p.Line}
		row := paragraphRow{ID: "p-" + strconv.Itoa(p.Line), Source: p.Source, Line: p.Line, Remarks: remarks[at]}
		if r.may {
			row.Comment = commentURL(r.o.ID, at)
		}
		rows = append(rows, row)
	}
	return rows
}

// others lead to the texts that are not shown.
func (r remarker) others(shown int, open []int) (all []views.Link) {
	for i, s := range r.texts {
		if i == shown {
			continue
		}
		l := views.Link{Text: textName(s.Locale, s.Jurisdictions), URL: versionURL(r.o.ID) + "?variant=" + strconv.Itoa(i) + "#comments"}
		if open[i] > 0 {
			l.Text += " – " + openRemarks(open[i])
		}
		all = append(all, l)
	}
	return all
}
