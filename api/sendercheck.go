package api

import (
	"context"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/sender"
)

// SenderChecks looks up what the DNS says of sender identities.
type SenderChecks interface {
	Check(ctx context.Context, by access.Actor, no id.Sender) (sender.Check, error)
}

// checkView is a look-up: what the DNS said at one time.
type checkView struct {
	Revision  int             `json:"revision"`
	LookedUp  time.Time       `json:"looked_up_at"`
	Standing  sender.Standing `json:"standing"`
	Items     []checkItem     `json:"items"`
	FreshTill time.Time       `json:"fresh_until"`
}

// checkItem is one thing of a look-up.
type checkItem struct {
	Kind    sender.Kind  `json:"kind"`
	Subject string       `json:"subject"`
	State   sender.State `json:"state"`
	Code    string       `json:"code"`
	Message string       `json:"message"`
	Record  *recordView  `json:"record"`
	Found   []string     `json:"found"`
	Key     *string      `json:"key"`
	Relay   *string      `json:"relay"`
	Counts  bool         `json:"counts"`
}

// recordView is a record that has to stand.
type recordView struct {
	sender.Record
	Zone string `json:"zone"`
}

// viewCheck shows a look-up with what it is worth for a revision now.
func viewCheck(c *sender.Check, revision int) *checkView {
	if c == nil {
		return nil
	}
	v := checkView{c.Revision, c.At, c.Standing(revision, time.Now()), make([]checkItem, len(c.Items)), c.At.Add(sender.FreshFor)}
	for n, i := range c.Items {
		item := checkItem{Kind: i.Kind, Subject: i.Subject, State: i.State, Code: i.Code, Message: phrase.Say(i.Code, i.Values), Found: i.Found, Counts: !i.Aside}
		if item.Found == nil {
			item.Found = []string{}
		}
		if i.Record != nil {
			item.Record = &recordView{*i.Record, i.Record.Zone()}
		}
		if i.Key != 0 {
			item.Key = textOf(i.Key)
		}
		if i.Relay != 0 {
			item.Relay = textOf(i.Relay)
		}
		v.Items[n] = item
	}
	return &v
}

func textOf(no interface{ String() string }) *string {
	text := no.String()
	return &text
}

func (h senders) check(q request) error {
	return one(q, aSender, h.service.Check, func(q request, c sender.Check) error { return q.JSON(viewCheck(&c, c.Revision)) })
}
