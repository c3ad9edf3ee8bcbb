package web

import (
	"slices"
	"strconv"
	"strings"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// deskBody is the editor of a notice.
type deskBody struct {
	Path     string
	State    *views.Said // of the newest version
	Saved    string
	Makes    string // what saving does to the newest version: nothing
	From     string
	Default  string
	Texts    []deskText
	Blocks   []deskBlock
	Palette  palette
	Starters []views.Option
	Checks   []deskCheck
	Warnings []findingRow
	Keeps    string // how many problems keep it from being submitted
	Preview  previewBody
	Matrix   matrixBody
	History  []versionRow
	Talk     []remark // open comments on the newest version
	TalkOf   string
	Kept     *views.Banner
	Compare  []changeRow
	MayWrite bool
}

// deskText is one text in the editor.
type deskText struct {
	Index         int
	Name          string
	Source        notice.Source
	Jurisdictions string
	Open          bool
	Insert        []views.Option // what its author may put in
}

// deskBlock is one shared paragraph in the editor.
type deskBlock struct {
	Index int
	Name  string
	Block notice.Block
	Open  bool
}

// deskBlocks are open where something is missing or wrong.
func deskBlocks(wrong []fault.Field, draft notice.Draft) (all []deskBlock) {
	for i, b := range draft.Blocks {
		bad := slices.ContainsFunc(wrong, func(f fault.Field) bool { return strings.HasPrefix(f.Name, blockAt(i)) })
		all = append(all, deskBlock{i, blockTitle(b), b, bad || b.Name == "" || b.Body == ""})
	}
	return all
}

// blockTitle says which paragraph is meant.
func blockTitle(b notice.Block) string {
	if b.Name == "" {
		return phrase.Say("block_unnamed", map[string]any{"locale": b.Locale})
	}
	return phrase.Say("block_of", map[string]any{"block": b.Name, "locale": b.Locale})
}

// blockAt is how faults name a shared paragraph of a draft, and its fields in the
// form.
func blockAt(i int) string { return "blocks[" + strconv.Itoa(i) + "]" }

// deskCheck is one thing that is wrong, with the way to it.
type deskCheck struct{ Text, Where, URL string }

// versionRow is a line of a notice's history.
type versionRow struct {
	Name, URL, Who string
	State          views.Said
	At             views.When
}

func (w *site) showDesk(v *visit) error {
	p, err := v.deskPage()
	if err != nil {
		return err
	}
	return v.show("desk", p)
}

func (v *visit) desk() (notice.Desk, error) {
	no, err := id.ParseNotice(v.Params("notice"))
	if err != nil {
		return notice.Desk{}, err
	}
	return v.Notices.Desk(v.UserContext(), v.actor(), no)
}

func (v *visit) deskPage() (views.Page, error) {
	d, err := v.desk()
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(d.Notice.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	b, err := v.deskBody(d)
	if err == nil && d.Newest != nil {
		b.TalkOf = phrase.Say("comments_desk", map[string]any{"version": versionName(d.Newest.No)})
		b.Talk, err = v.deskTalk(*d.Newest, s)
	}
	back := &views.Link{Text: phrase.Say("notices_title", nil), URL: incidentURL(d.Notice.Incident) + "/notices"}
	return views.Page{Title: d.Notice.Name, Bar: bar, Back: back, Notice: b.Kept, Body: b}, err
}

func (v *visit) deskBody(d notice.Desk) (deskBody, error) {
	b := deskBody{Path: noticeURL(d.Notice.ID), MayWrite: mayBy(access.WriteNotices, v)}
	names, err := v.people()
	if err != nil {
		return b, err
	}
	b.History = v.history(d.Notice, names)
	clock, err := v.clock(d.Notice.Incident)
	if err != nil {
		return b, err
	}
	b.Starters = starterOptions(clock)
	if d.Newest != nil {
		b.From = d.Newest.ID.String()
		b.State = &views.Said{}
		*b.State = saidVersion(d.Newest.State)
		b.State.Word = phrase.Say("desk_state", map[string]any{"state": b.State.Word, "version": versionName(d.Newest.No)})
		b.Saved = phrase.Say("desk_saved", map[string]any{"time": v.when(d.Newest.CreatedAt).Text, "who": names.of(d.Newest.CreatedBy)})
		b.Makes = phrase.Say("desk_makes", map[string]any{"version": versionName(d.Newest.No), "next": versionName(d.Newest.No + 1)})
	}
	b.Kept, b.Compare = v.unsaved(d, names)
	draft := d.Draft()
	if v.form != nil {
		draft, _ = v.typed() // what is shown again is what was typed
	}
	b.Default, b.Texts = draft.DefaultLocale, v.deskTexts(d, draft)
	b.Blocks, b.Palette = deskBlocks(d.Wrong, draft), paletteOf(d.Fields(), draft)
	b.Checks, b.Warnings = deskChecks(d.Wrong, draft), findings(draft.Warnings())
	if len(b.Checks) > 0 {
		b.Keeps = phrase.Say("desk_problems", map[string]any{"count": len(b.Checks)})
	}
	if b.Matrix, err = v.matrix(d.Notice.Incident, 0, draft, func(int) string { return "" }); err != nil {
		return b, err
	}
	if d.Newest == nil && d.Unsaved == nil && v.form == nil {
		b.Preview.Problem = phrase.Say("preview_fresh", nil)
		return b, b.Preview.offer(v, d.Notice.Incident, draft.Variants, choice{variant: -1, format: "html"})
	}
	b.Preview, err = v.preview(b.Path, d.Notice.Incident, draft.Variants, func(c choice) (notice.Shown, error) {
		return v.Texts.PreviewDesk(v.UserContext(), v.actor(), d.Notice.ID, c.reader, c.variant)
	})
	return b, err
}

// deskTalk lists the open comments on the newest version, with their places.
func (v *visit) deskTalk(o notice.Version, s overview.Standing) ([]remark, error) {
	r, err := v.remarker(o, s)
	if err != nil {
		return nil, err
	}
	all, err := v.Comments.OpenComments(v.UserContext(), v.actor(), o)
	r.may = false // they are resolved where their paragraph is shown
	return r.listed(all), err
}

// unsaved says what was kept; over a version that the author did not see, also
// how the two differ.
func (v *visit) unsaved(d notice.Desk, names staffNames) (*views.Banner, []changeRow) {
	drop := &views.Link{Text: phrase.Say("desk_drop", nil), URL: noticeURL(d.Notice.ID) + "/drop"}
	switch {
	case d.Unsaved == nil:
		return nil, nil
	case d.Behind():
		text := phrase.Say("notice_changed_by", v.changedBy(d, names))
		return &views.Banner{Tone: "warn", Icon: "warning", Text: text, Link: drop}, changeRows(notice.Changes(d.Newest.Document.Texts(), d.Unsaved.Draft.Texts()))
	}
	return &views.Banner{Tone: "info", Icon: "half", Text: phrase.Say("desk_kept", map[string]any{"time": v.when(d.Unsaved.KeptAt).Text}), Link: drop}, nil
}

// changedBy names who saved the newest version, and when.
func (v *visit) changedBy(d notice.Desk, names staffNames) fault.Values {
	return fault.Values{"who": names.of(d.Newest.CreatedBy), "time": v.when(d.Newest.CreatedAt).Text}
}

func (v *visit) history(n notice.Notice, names staffNames) []versionRow {
	var all []versionRow
	for i := len(n.Versions) - 1; i >= 0; i-- {
		o := n.Versions[i]
		all = append(all, versionRow{Name: versionName(o.No), URL: versionURL(o.ID), Who: names.of(o.CreatedBy), State: saidVersion(o.State), At: v.when(o.CreatedAt)})
	}
	return all
}

// deskTexts shows each text; one of them is open, and each that is wrong.
func (v *visit) deskTexts(d notice.Desk, draft notice.Draft) []deskText {
	open, _ := strconv.Atoi(v.Query("open"))
	wrong := map[string]bool{}
	for _, f := range d.Wrong {
		at, _, _ := strings.Cut(f.Name, ".")
		wrong[at] = true
	}
	fields := d.Fields()
	var all []deskText
	for i, s := range draft.Variants {
		all = append(all, deskText{Index: i, Name: textName(s.Locale, s.Jurisdictions), Source: s, Jurisdictions: strings.Join(s.Jurisdictions, ", "),
			Open: i == open || wrong[textAt(i)], Insert: insertable(fields, draft, s.Locale)})
	}
	return all
}

// namedPlaces bounds the places that the name of a text spells out.
const namedPlaces = 3

// textName says whom a text is for.
func textName(locale string, places []string) string {
	if len(places) == 0 {
		return phrase.Say("text_elsewhere", map[string]any{"locale": locale})
	}
	if more := len(places) - namedPlaces; more > 1 {
		return phrase.Say("text_of_many", map[string]any{"locale": locale, "places": strings.Join(places[:namedPlaces], ", "), "more": more})
	}
	return phrase.Say("text_of", map[string]any{"locale": locale, "places": strings.Join(places, ", ")})
}

// textAt is how faults name a text of a draft, and its fields in the form.
func textAt(i int) string { return "variants[" + strconv.Itoa(i) + "]" }

// deskChecks says what keeps the text from being submitted, and where.
func deskChecks(wrong []fault.Field, draft notice.Draft) []deskCheck {
	var all []deskCheck
	for _, f := range faults(&fault.Fault{Fields: wrong}) {
		c := deskCheck{Text: f.Text, URL: "#f-" + f.Field}
		for i, s := range draft.Variants {
			if strings.HasPrefix(f.Field, textAt(i)) {
				c.Where = textName(s.Locale, s.Jurisdictions)
			}
		}
		for i, b := range draft.Blocks {
			if strings.HasPrefix(f.Field, blockAt(i)) {
				c.Where = blockTitle(b)
			}
		}
		all = append(all, c)
	}
	return all
}
