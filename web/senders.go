package web

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/sender"
	"forthwith/web/views"
)

// Senders keeps sender identities.
type Senders interface {
	Create(ctx context.Context, by access.Actor, c sender.Change) (sender.Sender, error)
	Change(ctx context.Context, by access.Actor, no id.Sender, seen int, c sender.Change) (sender.Sender, error)
	Get(ctx context.Context, by access.Actor, no id.Sender) (sender.Sender, error)
	List(ctx context.Context, by access.Actor, after id.Sender, limit int) ([]sender.Sender, error)
	SenderKeys
	SenderChecks
}

func (w *site) senderRoutes(app *fiber.App) {
	w.get(app, "/senders", w.listSenders)
	w.get(app, "/senders/new", w.newSender)
	w.post(app, "/senders/new", w.makeSender)
	w.get(app, "/senders/:sender", w.showSender)
	w.post(app, "/senders/:sender", w.changeSender)
	w.post(app, "/senders/:sender/check", w.checkSender)
	w.senderKeyRoutes(app)
}

type sendersBody struct {
	Rows    []senderRow
	Pages   views.Pages
	MayEdit bool
}

type senderRow struct {
	Name, URL, From, Reply, Hosts string
	Names                         views.Said
}

func (w *site) listSenders(v *visit) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	all, err := w.Senders.List(v.UserContext(), v.actor(), id.Sender(after), pageLength+1)
	if err != nil {
		return err
	}
	b := sendersBody{MayEdit: mayBy(access.EditSettings, v)}
	all, b.Pages = paged(v, all, func(s sender.Sender) int64 { return int64(s.ID) })
	for _, s := range all {
		b.Rows = append(b.Rows, senderRow{s.Name, "/senders/" + s.ID.String(), from(s.FromName, s.From), orDash(s.ReplyTo), orDash(strings.Join(s.LinkHosts, ", ")), saidStanding(s.Checked.Standing(s.Revision, time.Now()))})
	}
	return v.show("senders", views.Page{Title: phrase.Say("senders_title", nil), Body: b})
}

type senderBody struct {
	Path    string
	Fresh   bool
	MayEdit bool
	Sender  sender.Sender
	Keys    []keyRow
	NewKey  string // where one is made; empty: not by this person
	Names   namesPart
}

func toSenders() *views.Link {
	return &views.Link{Text: phrase.Say("senders_title", nil), URL: "/senders"}
}

func (v *visit) newSenderPage() views.Page {
	return views.Page{Title: phrase.Say("sender_new_title", nil), Back: toSenders(), Body: senderBody{Path: "/senders/new", Fresh: true, MayEdit: true}}
}

func (w *site) newSender(v *visit) error {
	if err := access.EditSettings.Allow(v.actor()); err != nil {
		return err
	}
	return v.show("sender", v.newSenderPage())
}

func (w *site) makeSender(v *visit) error {
	v.refused(func(v *visit, err error) error { return v.showAgain("sender", v.newSenderPage(), err) })
	if _, err := w.Senders.Create(v.UserContext(), v.actor(), v.senderChange()); err != nil {
		return err
	}
	return v.to("/senders")
}

func (v *visit) senderPage() (views.Page, error) {
	s, err := v.senderOf()
	if err != nil {
		return views.Page{}, err
	}
	b := senderBody{Path: senderURL(s.ID), MayEdit: mayBy(access.EditSettings, v), Sender: s, Names: v.namesOf(s)}
	if b.MayEdit {
		b.NewKey = senderURL(s.ID) + "/keys/new"
	}
	b.Keys, err = v.keyRows(s)
	return views.Page{Title: s.Name, Back: toSenders(), Body: b}, err
}

func (w *site) showSender(v *visit) error {
	p, err := v.senderPage()
	if err != nil {
		return err
	}
	return v.show("sender", p)
}

func (w *site) changeSender(v *visit) error {
	v.refused(onScreen("sender", (*visit).senderPage))
	no, err := id.ParseSender(v.Params("sender"))
	if err != nil {
		return err
	}
	seen, err := v.seen()
	if err != nil {
		return err
	}
	if _, err := w.Senders.Change(v.UserContext(), v.actor(), no, seen, v.senderChange()); err != nil {
		return err
	}
	return v.to("/senders")
}

func (v *visit) senderChange() sender.Change {
	name, address, shown := v.field("name"), v.field("from"), v.field("from_name")
	reply, bounce, hosts := v.field("reply_to"), v.field("bounce_domain"), lines(v.field("link_hosts"))
	return sender.Change{Name: &name, From: &address, FromName: &shown, ReplyTo: &reply, BounceDomain: &bounce, LinkHosts: &hosts}
}
