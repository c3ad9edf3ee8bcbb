package web

import (
	"context"

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

// Verdicts are what legal says about a version.
type Verdicts interface {
	Approve(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
	Reject(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
	Withdraw(ctx context.Context, by access.Actor, no id.Version, seen canon.Hash, comment string) (notice.Version, error)
}

// verdict is a decision with a page of its own.
type verdict struct {
	name   string // also the end of its address
	needs  access.Permission
	from   notice.State
	reason bool // it needs one
	give   func(Verdicts, context.Context, access.Actor, id.Version, canon.Hash, string) (notice.Version, error)
}

func (w *site) verdictRoutes(app *fiber.App) {
	for _, d := range []verdict{
		{"approve", access.DecideNotice, notice.InReview, false, Verdicts.Approve},
		{"reject", access.RejectNotice, notice.InReview, true, Verdicts.Reject},
		{"withdraw", access.RejectNotice, notice.Approved, true, Verdicts.Withdraw},
	} {
		w.get(app, "/versions/:version/"+d.name, func(v *visit) error { return v.showVerdict(d) })
		w.post(app, "/versions/:version/"+d.name, func(v *visit) error { return v.decide(d) })
	}
}

type verdictBody struct {
	Path, URL    string
	Sentence, Do string
	State        views.Said
	Hash         canon.Hash
	People       []answer
	Law          string // what the law asks for and the text may lack
	Open         string // how many comments are open
	Why          string // why the reader cannot decide here, and who can
	Code         *codeField
	Reason       bool
	Danger       bool
}

func (v *visit) showVerdict(d verdict) error {
	p, err := v.verdictPage(d)
	if err != nil {
		return err
	}
	return v.show("verdict", p)
}

func (v *visit) verdictPage(d verdict) (views.Page, error) {
	o, err := v.version()
	if err != nil {
		return views.Page{}, err
	}
	bar, s, err := v.bar(o.Incident, partNotices)
	if err != nil {
		return views.Page{}, err
	}
	name := named(s.Notices, func(n overview.Notice) bool { return n.ID == o.Notice }).Name
	values := map[string]any{"name": name, "version": versionName(o.No), "texts": len(o.Document.Variants)}
	b := verdictBody{Path: versionURL(o.ID) + "/" + d.name, URL: versionURL(o.ID), State: saidVersion(o.State), Hash: o.SHA256,
		Sentence: phrase.Say("text_"+d.name+"_sentence", values), Do: phrase.Say("text_"+d.name+"_do", values),
		Why: v.whyNoVerdict(d, o), Reason: d.reason, Danger: d.name == "withdraw"}
	if b.People, _, err = v.hands(o); err != nil {
		return views.Page{}, err
	}
	if d.name == "approve" {
		if b.Law, err = v.openLaw(o, s); err != nil {
			return views.Page{}, err
		}
		if b.Open, err = v.openTalk(o); err != nil {
			return views.Page{}, err
		}
	}
	if d.needs.StepUp {
		code, err := v.codeField()
		if err != nil {
			return views.Page{}, err
		}
		b.Code = &code
	}
	back := &views.Link{Text: name + " " + versionName(o.No), URL: b.URL}
	return views.Page{Title: phrase.Say("text_"+d.name+"_title", values), Bar: bar, Back: back, Body: b}, nil
}

// openTalk says how many comments are open, if any is: a note, and nothing that
// keeps a text from being approved.
func (v *visit) openTalk(o notice.Version) (string, error) {
	all, err := v.Comments.OpenComments(v.UserContext(), v.actor(), o)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return phrase.Say("comments_approving", map[string]any{"count": len(all)}), nil
}

// refusal tells why the reader may not give a verdict on a version, if so.
func (v *visit) refusal(d verdict, o notice.Version) error {
	by := v.actor()
	by.SteppedUp = true
	if err := d.needs.Allow(by); err != nil || d.name != "approve" {
		return err
	}
	return o.People.MayApproveText(by.User)
}

// whyNoVerdict says why the reader cannot decide, and who can.
func (v *visit) whyNoVerdict(d verdict, o notice.Version) string {
	if f, ok := fault.As(v.refusal(d, o)); ok {
		return sentence(f.Code, f.Values)
	}
	if o.State != d.from {
		return phrase.Say("text_not_now", map[string]any{"state": phrase.Say("state_version_"+string(o.State), nil), "needed": phrase.Say("state_version_"+string(d.from), nil)})
	}
	return ""
}

// decide gives a verdict on exactly the text that the page showed.
func (v *visit) decide(d verdict) error {
	v.refused(onScreen("verdict", func(v *visit) (views.Page, error) { return v.verdictPage(d) }))
	o, err := v.version()
	if err != nil {
		return err
	}
	check := func() error { return v.mayDecide(d, o) }
	give := func() error {
		if _, err := d.give(v.Verdicts, v.UserContext(), v.actor(), o.ID, o.SHA256, v.field("comment")); err != nil {
			return err
		}
		return v.to(versionURL(o.ID))
	}
	if d.needs.StepUp {
		return v.deciding(check, give)
	}
	if err := check(); err != nil {
		return err
	}
	return give()
}

// mayDecide refuses what can be seen to fail, before a code is used up.
func (v *visit) mayDecide(d verdict, o notice.Version) error {
	var seen canon.Hash
	if err := seen.UnmarshalText([]byte(v.field("sha256"))); err != nil || seen != o.SHA256 {
		return fault.New(fault.Mismatch, "text_changed", nil)
	}
	if err := v.refusal(d, o); err != nil {
		return err
	}
	if d.reason && v.field("comment") == "" {
		return fault.Wrong("comment", "reason_missing", nil)
	}
	return nil
}
