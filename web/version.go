package web

import (
	"context"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Texts reads versions and shows them.
type Texts interface {
	Version(ctx context.Context, by access.Actor, no id.Version) (notice.Version, error)
	Lint(ctx context.Context, by access.Actor, v notice.Version, cohort id.Cohort) ([]notice.Finding, error)
	Redline(ctx context.Context, by access.Actor, v notice.Version) (int, []notice.Change, error)
	Compare(ctx context.Context, by access.Actor, no id.Version, with notice.Comparison) ([]notice.Change, error)
	Preview(ctx context.Context, by access.Actor, no id.Version, reader notice.Someone, variant int) (notice.Shown, error)
	PreviewDesk(ctx context.Context, by access.Actor, no id.Notice, reader notice.Someone, variant int) (notice.Shown, error)
}

func (w *site) versionRoutes(app *fiber.App) {
	w.get(app, "/versions/:version", w.showVersion)
	w.unkept(app, "/versions/:version", w.chooseReader)
	w.get(app, "/versions/:version/compare", w.showComparison)
	w.get(app, "/versions/:version/frame", w.frameVersion)
	w.answerRoutes(app)
	w.commentRoutes(app)
	w.verdictRoutes(app)
}

// versionBody is one version: what it says, to whom, and what may be done.
type versionBody struct {
	Path     string
	State    views.Said
	Hash     canon.Hash
	Actions  []action
	Why      string // why the reader cannot act, and who can
	Reason   string // of those who sent it back or withdrew it
	Newer    *views.Link
	Texts    []textRow
	Findings []findingRow
	Lint     lintBody
	Checked  *views.When
	People   []answer
	Preview  previewBody
	Talk     talkBody
	Matrix   matrixBody
	Against  string
	Changes  []changeRow
}

// textRow is a line of the matrix of texts.
type textRow struct {
	Locale, Places, Subject, URL string
	Words                        int
}

func (v *visit) version() (notice.Version, error) {
	no, err := id.ParseVersion(v.Params("version"))
	if err != nil {
		return notice.Version{}, err
	}
	return v.Texts.Version(v.UserContext(), v.actor(), no)
}

func (w *site) showVersion(v *visit) error {
	o, err := v.version()
	if err != nil {
		return err
	}
	p, err := v.versionPage(o)
	if err != nil {
		return err
	}
	return v.show("version", p)
}

// versionAgain shows a version with why it was refused.
func (v *visit) versionAgain(no id.Version, refused error) error {
	o, err := v.Texts.Version(v.UserContext(), v.actor(), no)
	if err != nil {
		return err
	}
	p, err := v.versionPage(o)
	if err != nil {
		return err
	}
	return v.showAgain("version", p, refused)
}

func (v *visit) versionPage(o notice.Version) (views.Page, error) {
	bar, s, err := v.bar(o.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	newest := named(s.Notices, func(n overview.Notice) bool { return n.ID == o.Notice })
	b := versionBody{Path: versionURL(o.ID), State: saidVersion(o.State), Hash: o.SHA256, Texts: textRows(o)}
	if b.Lint, err = v.lintOf(o, s); err != nil {
		return views.Page{}, err
	}
	b.Findings = b.Lint.summary()
	if newest.Version != o.ID && newest.Version != 0 {
		b.Newer = &views.Link{Text: versionName(newest.No), URL: versionURL(newest.Version)}
	}
	if b.People, b.Reason, err = v.hands(o); err != nil {
		return views.Page{}, err
	}
	b.Actions, b.Why = v.versionActions(o, s, b.Newer == nil)
	if b.Talk, err = v.talk(o, s); err != nil {
		return views.Page{}, err
	}
	if b.Against, b.Changes, err = v.redline(o); err != nil {
		return views.Page{}, err
	}
	if b.Matrix, err = v.matrix(o.Incident, plannedFor(s, o.ID), o.Document.Draft(), func(i int) string { return variantURL(o.ID, i) }); err != nil {
		return views.Page{}, err
	}
	b.Preview, err = v.preview(b.Path, o.Incident, o.Document.Sources(), func(c choice) (notice.Shown, error) {
		return v.Texts.Preview(v.UserContext(), v.actor(), o.ID, c.reader, c.variant)
	})
	back := &views.Link{Text: phrase.Say("notices_title", nil), URL: incidentURL(o.Incident) + "/notices"}
	return views.Page{Title: newest.Name + " " + versionName(o.No), Bar: bar, Back: back, Body: b}, err
}

func textRows(o notice.Version) []textRow {
	var all []textRow
	for i, s := range o.Document.Texts() {
		r := textRow{Locale: phrase.Speech(s.Locale), Subject: s.Subject, Words: len(strings.Fields(s.Body))}
		if len(s.Jurisdictions) > 0 {
			r.Places = placeNames(s.Jurisdictions)
		}
		r.URL = variantURL(o.ID, i)
		all = append(all, r)
	}
	return all
}

// variantURL leads to the preview of one text.
func variantURL(no id.Version, i int) string {
	return versionURL(no) + choice{variant: i, format: "html"}.query() + "#preview"
}

// findings are those of a text that is being written.
func findings(found []notice.Finding) []findingRow {
	var all []findingRow
	for _, f := range found {
		all = append(all, findingRow{Said: views.Said{Tone: "warn", Icon: "warning"}, Text: f.Message})
	}
	return all
}

// hands says who had a hand in a version, and why it was sent back or
// withdrawn.
func (v *visit) hands(o notice.Version) (rows []answer, reason string, err error) {
	names, err := v.people()
	if err != nil {
		return nil, "", err
	}
	rows = []answer{{Name: phrase.Say("version_authors", nil), Text: names.list(o.People.Authors)},
		{Name: phrase.Say("version_saved", nil), Text: names.of(o.CreatedBy), More: v.when(o.CreatedAt).Text}}
	for _, e := range o.Events {
		more := v.when(e.At).Text
		if e.Comment != "" {
			more = phrase.Say("version_comment", map[string]any{"time": more, "comment": e.Comment})
		}
		rows = append(rows, answer{Name: phrase.Say("version_did_"+string(e.Kind), nil), Text: names.of(e.By), More: more})
		if e.Kind == notice.Rejection || e.Kind == notice.Withdraws {
			reason = phrase.Say("version_reason", map[string]any{"state": phrase.Say("state_version_"+string(o.State), nil), "who": names.of(e.By), "comment": e.Comment})
		}
	}
	return rows, reason, nil
}

// versionActions are what the reader may do with a version, the next step
// first; else why not, and who can.
func (v *visit) versionActions(o notice.Version, s overview.Standing, newest bool) ([]action, string) {
	do := func(code, url string, primary, danger bool) action {
		return action{Text: phrase.Say(code, map[string]any{"version": versionName(o.No)}), URL: url, Primary: primary, Danger: danger}
	}
	path, edit := versionURL(o.ID), noticeURL(o.Notice)
	writes, decides := mayBy(access.WriteNotices, v) && newest, mayBy(access.RejectNotice, v)
	switch refusal, own := fault.As(o.People.MayApproveText(v.actor().User)); {
	case o.State == notice.InReview && decides && own:
		return []action{do("version_do_reject", path+"/reject", false, false)}, sentence(refusal.Code, refusal.Values)
	case o.State == notice.InReview && decides:
		return []action{do("version_do_approve", path+"/approve", true, false), do("version_do_reject", path+"/reject", false, false)}, ""
	case o.State == notice.InReview:
		return nil, phrase.Say("version_waits", nil)
	case o.State == notice.Approved:
		return v.afterApproval(s, decides, do("version_do_withdraw", path+"/withdraw", false, true)), ""
	case writes && o.State == notice.Drafted:
		return []action{do("version_do_edit", edit, true, false)}, ""
	case writes:
		return []action{do("version_do_rework", edit, true, false)}, ""
	}
	return nil, ""
}

// afterApproval leads on to the plan that waits for the reader, if one does.
func (v *visit) afterApproval(s overview.Standing, decides bool, withdraw action) []action {
	var all []action
	for _, n := range s.Needs(v.actor()) {
		if n.Kind == overview.ApprovePlan && len(all) == 0 {
			all = append(all, action{Text: phrase.Say("version_next_plan", nil), URL: needURL(s, n), Primary: true})
		}
	}
	if decides {
		all = append(all, withdraw)
	}
	return all
}

func (w *site) frameVersion(v *visit) error {
	no, err := id.ParseVersion(v.Params("version"))
	if err != nil {
		return err
	}
	return v.frameText(func(c choice) (notice.Shown, error) {
		return w.Texts.Preview(v.UserContext(), v.actor(), no, c.reader, c.variant)
	})
}
