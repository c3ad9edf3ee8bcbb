package web

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/sender"
	"forthwith/web/views"
)

// SenderChecks looks up what the DNS says of sender identities.
type SenderChecks interface {
	Check(ctx context.Context, by access.Actor, no id.Sender) (sender.Check, error)
}

var namesLooks = map[sender.State]look{
	sender.OK: {"ok", "check"}, sender.Wrong: {"bad", "cross"}, sender.CannotTell: {"idle", "question"},
}

var standingLooks = map[sender.Standing]look{
	sender.NeverLooked: {"warn", "diamond"}, sender.LookedOld: {"warn", "glass"}, sender.LookedOther: {"warn", "again"}, sender.LookedWrong: {"bad", "cross"},
	sender.LookedBlind: {"idle", "question"}, sender.LookedSome: {"info", "half"}, sender.LookedWell: {"ok", "check"},
}

func saidNames(s sender.State) views.Said       { return said("names", namesLooks, s) }
func saidStanding(s sender.Standing) views.Said { return said("standing", standingLooks, s) }

// namesPart is what a sender's page shows of the DNS.
type namesPart struct {
	Path     string // where it is looked up; empty: not by this person
	Standing views.Said
	At       *views.When // nil: never
	Items    []namesRow
}

// namesRow is one thing that was looked up.
type namesRow struct {
	State          views.Said
	About, Subject string
	Text           string
	Record         *sender.Record // to be added, or put in the place of what stands
	Zone           string         // the same for a zone file, where it is longer than one string
	Found          []string       // what stands, where that is not right
}

func (v *visit) namesOf(s sender.Sender) namesPart {
	p := namesPart{Standing: saidStanding(s.Checked.Standing(s.Revision, time.Now()))}
	if mayBy(access.EditSettings, v) {
		p.Path = senderURL(s.ID) + "/check"
	}
	if s.Checked == nil {
		return p
	}
	at := v.when(s.Checked.At)
	p.At = &at
	for _, i := range s.Checked.Items {
		p.Items = append(p.Items, namesRowOf(i))
	}
	return p
}

func namesRowOf(i sender.Item) namesRow {
	r := namesRow{State: saidNames(i.State), About: phrase.Say("about_"+string(i.Kind), nil), Subject: i.Subject, Text: phrase.Say(i.Code, i.Values), Record: i.Record}
	if i.State == sender.Wrong {
		r.Found = i.Found
	}
	if i.Record != nil && len(i.Record.Value) > longestString {
		r.Zone = i.Record.Zone()
	}
	return r
}

func (w *site) checkSender(v *visit) error {
	v.refused(onScreen("sender", (*visit).senderPage))
	no, err := id.ParseSender(v.Params("sender"))
	if err != nil {
		return err
	}
	if _, err := w.Senders.Check(v.UserContext(), v.actor(), no); err != nil {
		return err
	}
	return v.to(senderURL(no) + "#names")
}
