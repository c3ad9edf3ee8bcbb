package web

import (
	"context"
	"io"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/evidence"
	"forthwith/internal/fault"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// Reports makes delivery reports as files.
type Reports interface {
	Ask(ctx context.Context, by access.Actor, e evidence.Export, reason string) (evidence.Export, error)
	Export(ctx context.Context, by access.Actor, no id.Export) (evidence.Export, error)
	File(ctx context.Context, by access.Actor, no id.Export) (evidence.Export, func(io.Writer) error, error)
}

func (w *site) evidenceRoutes(app *fiber.App) {
	w.get(app, "/campaigns/:campaign/evidence", w.showEvidence)
	w.post(app, "/campaigns/:campaign/evidence", w.askExport)
	w.get(app, "/exports/:export", w.showExport)
	w.unkept(app, "/exports/:export/file", w.sendExport)
}

type evidenceBody struct {
	Path    string
	Sum     views.Sum
	Summary *summaryBody
	People  []answer
	Formats []views.Option
	Names   []views.Option
	Code    codeField
	Why     string
}

func (w *site) showEvidence(v *visit) error {
	p, err := v.evidencePage()
	if err != nil {
		return err
	}
	return v.show("evidence", p)
}

func (v *visit) evidencePage() (views.Page, error) {
	c, f, err := v.watched()
	if err != nil {
		return views.Page{}, err
	}
	b := evidenceBody{Path: campaignURL(c.ID) + "/evidence", Sum: sum(c.ID, f.Counts)}
	for i, format := range []evidence.Format{evidence.CSV, evidence.JSON} {
		b.Formats = append(b.Formats, views.Option{Value: string(format), Text: phrase.Say("format_"+string(format), nil), Chosen: i == 0})
	}
	for i, n := range []evidence.Identifiers{evidence.Masked, evidence.Full, evidence.Digests} {
		b.Names = append(b.Names, views.Option{Value: string(n), Text: phrase.Say("identifiers_"+string(n), nil), Hint: phrase.Say("identifiers_"+string(n)+"_hint", nil), Chosen: i == 0})
	}
	if b.Summary, err = v.summary(c); err != nil {
		return views.Page{}, err
	}
	if b.People, err = v.peopleRows(c.Incident, c.ID); err != nil {
		return views.Page{}, err
	}
	if b.Code, err = v.codeField(); err != nil {
		return views.Page{}, err
	}
	by := v.actor()
	by.SteppedUp = true
	if f, ok := fault.As(access.Export.Allow(by)); ok {
		b.Why = sentence(f.Code, f.Values)
	}
	return v.campaignPage(c, phrase.Say("evidence_title", map[string]any{"name": c.Settings.Name}), b)
}

// askExport asks for a file of the report. Whole addresses need a code.
func (w *site) askExport(v *visit) error {
	v.refused(onScreen("evidence", (*visit).evidencePage))
	no, err := id.ParseCampaign(v.Params("campaign"))
	if err != nil {
		return err
	}
	if err := v.needs("reason"); err != nil {
		return err
	}
	e := evidence.Export{Campaign: no, Kind: "report", Format: evidence.Format(v.field("format")), Identifiers: evidence.Identifiers(v.field("identifiers"))}
	if e.Identifiers == evidence.Full || v.field("code") != "" {
		if err := v.stepUp(); err != nil {
			return err
		}
	}
	if e, err = w.Reports.Ask(v.UserContext(), v.actor(), e, v.field("reason")); err != nil {
		return err
	}
	return v.to("/exports/" + e.ID.String())
}

type exportBody struct {
	Path        string
	State       string
	Said        views.Said
	Done, Total int64
	SHA256      string
	Whole       bool
	Mine        bool
	Code        codeField
	Text        string
}

func (w *site) showExport(v *visit) error {
	p, err := v.exportPage()
	if err != nil {
		return err
	}
	if p.Body.(exportBody).State == "running" {
		v.Set("Refresh", strconv.Itoa(pollEvery))
	}
	return v.show("export", p)
}

var exportLooks = map[string]look{"running": {"info", "half"}, "done": {"ok", "check"}, "failed": {"bad", "cross"}, "cancelled": {"idle", "square"}}

func (v *visit) exportPage() (views.Page, error) {
	no, err := id.ParseExport(v.Params("export"))
	if err != nil {
		return views.Page{}, err
	}
	e, err := v.Reports.Export(v.UserContext(), v.actor(), no)
	if err != nil {
		return views.Page{}, err
	}
	b := exportBody{Path: "/exports/" + no.String() + "/file", State: e.State, Said: said("export", exportLooks, e.State), Done: e.Done, Total: e.Total, SHA256: e.SHA256,
		Whole: e.Identifiers == evidence.Full, Mine: e.By == v.who.User.ID,
		Text: phrase.Say("export_text", map[string]any{"format": phrase.Say("format_"+string(e.Format), nil), "names": phrase.Say("identifiers_"+string(e.Identifiers), nil), "time": v.when(e.Requested).Text})}
	if b.Code, err = v.codeField(); err != nil {
		return views.Page{}, err
	}
	c, err := v.Campaigns.Get(v.UserContext(), v.actor(), e.Campaign)
	if err != nil {
		return views.Page{}, err
	}
	return v.campaignPage(c, phrase.Say("export_title", map[string]any{"name": c.Settings.Name}), b)
}

// sendExport sends the file of an export. It is a form: the download is put on
// record, and whole addresses need a code.
func (w *site) sendExport(v *visit) error {
	v.refused(onScreen("export", (*visit).exportPage))
	no, err := id.ParseExport(v.Params("export"))
	if err != nil {
		return err
	}
	if v.field("code") != "" {
		if err := v.stepUp(); err != nil {
			return err
		}
	}
	e, write, err := w.Reports.File(context.WithoutCancel(v.UserContext()), v.actor(), no)
	if err != nil {
		return err
	}
	return httpguard.SendFile(v.Ctx, fileTypes[e.Format], "report-"+e.Campaign.String()+"."+string(e.Format), write)
}

var fileTypes = map[evidence.Format]string{evidence.CSV: "text/csv; charset=utf-8", evidence.JSON: fiber.MIMEApplicationJSONCharsetUTF8}
