package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/dkim"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/sender"
	"forthwith/web/views"
)

// SenderKeys keeps the DKIM keys of sender identities.
type SenderKeys interface {
	MakeKey(ctx context.Context, by access.Actor, no id.Sender, a dkim.Algorithm, selector string) (sender.Key, error)
	UseKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey) (sender.Key, error)
	RetireKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey, reason string) (sender.Key, error)
	Keys(ctx context.Context, by access.Actor, no id.Sender) ([]sender.Key, error)
}

func (w *site) senderKeyRoutes(app *fiber.App) {
	w.get(app, "/senders/:sender/keys/new", w.newKey)
	w.post(app, "/senders/:sender/keys/new", w.makeKey)
	w.get(app, "/senders/:sender/keys/:key/use", func(v *visit) error { return v.showKeyStep("use") })
	w.get(app, "/senders/:sender/keys/:key/retire", func(v *visit) error { return v.showKeyStep("retire") })
	w.post(app, "/senders/:sender/keys/:key/use", func(v *visit) error { return v.moveKey("use", w.Senders.UseKey) })
	w.post(app, "/senders/:sender/keys/:key/retire", func(v *visit) error { return v.moveKey("retire", v.retireKey) })
}

// longestString is what one string of a TXT record holds (RFC 1035 section
// 3.3.14).
const longestString = 255

func senderURL(no id.Sender) string { return "/senders/" + no.String() }

// keyRow is one key on its sender's page.
type keyRow struct {
	Selector, Algorithm string
	State               views.Said
	Host, Record        string
	Long                bool // the record is more than one string of the DNS
	Since               views.When
	Use, Retire         string // where they are done; empty: not now
}

// keyRows shows the keys of a sender, with what an admin can do about each.
func (v *visit) keyRows(s sender.Sender) ([]keyRow, error) {
	all, err := v.Senders.Keys(v.UserContext(), v.actor(), s.ID)
	rows := make([]keyRow, len(all))
	for i, k := range all {
		r := keyRow{Selector: k.Selector, Algorithm: phrase.Say("dkim_"+string(k.Algorithm), nil), State: saidKey(k.State()), Host: k.Host(), Record: k.Record(), Long: len(k.Record()) > longestString, Since: v.when(since(k))}
		if mayBy(access.EditSettings, v) && k.State() != sender.KeyRetired {
			r.Retire = senderURL(s.ID) + "/keys/" + k.ID.String() + "/retire"
		}
		if mayBy(access.EditSettings, v) && k.State() == sender.KeyMade {
			r.Use = senderURL(s.ID) + "/keys/" + k.ID.String() + "/use"
		}
		rows[i] = r
	}
	return rows, err
}

// since is when a key came to where it stands.
func since(k sender.Key) time.Time {
	for _, at := range []*time.Time{k.RetiredAt, k.UsedAt} {
		if at != nil {
			return *at
		}
	}
	return k.MadeAt
}

type keyBody struct {
	Path, URL  string
	Domain     string
	Algorithms []views.Option
}

// keyPage asks for what a key is made of.
func (v *visit) keyPage() (views.Page, error) {
	s, err := v.senderOf()
	if err != nil {
		return views.Page{}, err
	}
	b := keyBody{Path: senderURL(s.ID) + "/keys/new", URL: senderURL(s.ID), Domain: s.FromDomain()}
	for _, a := range []dkim.Algorithm{dkim.RSA2048, dkim.Ed25519} {
		b.Algorithms = append(b.Algorithms, views.Option{Value: string(a), Text: phrase.Say("dkim_"+string(a), nil), Hint: phrase.Say("hint_dkim_"+string(a), nil)})
	}
	return views.Page{Title: phrase.Say("dkim_new_title", nil), Back: &views.Link{Text: s.Name, URL: b.URL}, Body: b}, nil
}

func (v *visit) senderOf() (sender.Sender, error) {
	no, err := id.ParseSender(v.Params("sender"))
	if err != nil {
		return sender.Sender{}, err
	}
	return v.Senders.Get(v.UserContext(), v.actor(), no)
}

func (w *site) newKey(v *visit) error {
	if err := access.EditSettings.Allow(v.actor()); err != nil {
		return err
	}
	p, err := v.keyPage()
	if err != nil {
		return err
	}
	return v.show("sender-key", p)
}

func (w *site) makeKey(v *visit) error {
	v.refused(onScreen("sender-key", (*visit).keyPage))
	no, err := id.ParseSender(v.Params("sender"))
	if err != nil {
		return err
	}
	if _, err := w.Senders.MakeKey(v.UserContext(), v.actor(), no, dkim.Algorithm(v.field("algorithm")), v.field("selector")); err != nil {
		return err
	}
	return v.to(senderURL(no))
}

// keyStepPage says what it means to use a key, or to end it.
func (v *visit) keyStepPage(verb string) (views.Page, error) {
	if err := access.EditSettings.Allow(v.actor()); err != nil {
		return views.Page{}, err
	}
	s, err := v.senderOf()
	if err != nil {
		return views.Page{}, err
	}
	key, err := id.ParseDKIMKey(v.Params("key"))
	if err != nil {
		return views.Page{}, err
	}
	all, err := v.Senders.Keys(v.UserContext(), v.actor(), s.ID)
	if err != nil {
		return views.Page{}, err
	}
	for _, k := range all {
		if k.ID == key {
			values := map[string]any{"selector": k.Selector, "host": k.Host()}
			b := steerBody{Path: senderURL(s.ID) + "/keys/" + key.String() + "/" + verb, URL: senderURL(s.ID), Verb: verb,
				Sentence: phrase.Say("dkim_"+verb+"_sentence", values), Do: phrase.Say("dkim_"+verb+"_do", nil), Danger: verb == "retire", Reason: verb == "retire"}
			if k.State() == sender.KeyRetired || verb == "use" && k.State() == sender.KeyInUse {
				b.Why = phrase.Say("page_dkim_"+string(k.State()), nil)
			}
			return views.Page{Title: phrase.Say("dkim_"+verb+"_title", values), Back: &views.Link{Text: s.Name, URL: senderURL(s.ID)}, Body: b}, nil
		}
	}
	return views.Page{}, fault.New(fault.NotFound, "page_missing", nil)
}

func (v *visit) showKeyStep(verb string) error {
	p, err := v.keyStepPage(verb)
	if err != nil {
		return err
	}
	return v.show("steer", p)
}

func (v *visit) moveKey(verb string, do func(context.Context, access.Actor, id.Sender, id.DKIMKey) (sender.Key, error)) error {
	v.refused(onScreen("steer", func(v *visit) (views.Page, error) { return v.keyStepPage(verb) }))
	no, err := id.ParseSender(v.Params("sender"))
	if err != nil {
		return err
	}
	key, err := id.ParseDKIMKey(v.Params("key"))
	if err != nil {
		return err
	}
	if _, err := do(v.UserContext(), v.actor(), no, key); err != nil {
		return err
	}
	return v.to(senderURL(no))
}

func (v *visit) retireKey(ctx context.Context, by access.Actor, no id.Sender, key id.DKIMKey) (sender.Key, error) {
	return v.Senders.RetireKey(ctx, by, no, key, v.field("reason"))
}
