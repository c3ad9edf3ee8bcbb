package campaign

import (
	"context"
	"fmt"
	"slices"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
)

// TestSend is the notice of a plan, filled for somebody who is made up and sent
// to staff. It is no delivery, and stands in no figure and no report.
type TestSend struct {
	ID       id.TestSend
	Campaign id.Campaign
	Plan     canon.Hash
	By       id.User
	At       time.Time
	Letters  []TestLetter // in the order in which they were asked for
}

// TestLetter is what became of one user's letter of a test send.
type TestLetter struct {
	User      id.User
	Relay     string // its name; empty before one was chosen
	Announced bool   // nothing more of this test is sent to the user
	Unsent    string // why nothing was to be sent, by its sentence
	Reply     *outcome.Reply
	At        *time.Time // of the answer
}

// TestResult says in one word how a letter of a test send stands.
type TestResult string

// The results. An unclear one may have arrived, and is not sent again.
const (
	TestWaiting  TestResult = "waiting"
	TestSending  TestResult = "sending"
	TestAccepted TestResult = "accepted"
	TestFailed   TestResult = "failed"
	TestUnclear  TestResult = "unclear"
)

// Result derives it from the record.
func (l TestLetter) Result() TestResult {
	switch {
	case l.Unsent != "":
		return TestFailed
	case l.Reply == nil && l.Announced:
		return TestSending
	case l.Reply == nil:
		return TestWaiting
	case l.Reply.Verdict() == outcome.Took:
		return TestAccepted
	case l.Reply.Verdict() == outcome.Unknown:
		return TestUnclear
	}
	return TestFailed
}

// Reason is the sentence about a letter that was not accepted, by its code.
func (l TestLetter) Reason() string {
	if l.Reply == nil {
		return l.Unsent
	}
	return l.Reply.Reason()
}

// Running tells whether a letter still waits for its end.
func (t TestSend) Running() bool {
	return slices.ContainsFunc(t.Letters, func(l TestLetter) bool { r := l.Result(); return r == TestWaiting || r == TestSending })
}

// Colleague is a user as those see them who choose whom a test goes to.
type Colleague struct {
	ID       id.User
	Name     string
	Role     access.Role
	Disabled bool
}

// Addressee is a user with the address of their account, for whoever sends.
type Addressee struct {
	User     id.User
	Email    string
	Disabled bool
}

// TestTx is a transaction that asks for a test send.
type TestTx interface {
	Lock(no id.Campaign) (Campaign, error)
	Colleagues(among []id.User) ([]Colleague, error)    // those that there are
	InsertTest(t *TestSend, entry ledger.EntryID) error // gives it its id and its time
	Record(e ledger.Entry) error
	Enqueue(t task.Task) error
}

// TestStore keeps test sends.
type TestStore interface {
	Test(ctx context.Context, f func(TestTx) error) error
	// Tests gives a campaign's, newest first, before one of them.
	Tests(ctx context.Context, no id.Campaign, before id.TestSend, limit int) ([]TestSend, error)
	// Staff gives everybody who is not disabled, in the order of their names.
	Staff(ctx context.Context) ([]Colleague, error)
}

// Tester sends the notice of a plan to staff.
type Tester struct{ Store TestStore }

// mostTested bounds how many users one test goes to.
const mostTested = 20

// Ask asks for a test send to users at their accounts' addresses. It runs as a
// task, and goes at most once to each.
func (s Tester) Ask(ctx context.Context, by access.Actor, no id.Campaign, users []id.User) (TestSend, error) {
	if err := access.BuildCampaigns.Allow(by); err != nil {
		return TestSend{}, err
	}
	if len(users) == 0 || len(users) > mostTested {
		return TestSend{}, fault.Wrong("user_ids", "field_out_of_range", fault.Values{"name": "user_ids", "from": 1, "to": mostTested})
	}
	var t TestSend
	err := s.Store.Test(ctx, func(tx TestTx) error {
		c, err := tx.Lock(no)
		if err != nil {
			return err
		}
		known, err := tx.Colleagues(users)
		if err != nil {
			return err
		}
		if t, err = c.test(users, known); err != nil {
			return err
		}
		return t.ask(tx, c, by)
	})
	return t, err
}

// test gives the test send that a campaign allows.
func (c Campaign) test(users []id.User, known []Colleague) (TestSend, error) {
	if err := c.Allows(Testing); err != nil {
		return TestSend{}, err
	}
	t := TestSend{Campaign: c.ID, Plan: c.PlanHash}
	var wrong []fault.Field
	for i, u := range users {
		at := slices.IndexFunc(known, func(k Colleague) bool { return k.ID == u })
		field := fault.Field{Name: fmt.Sprintf("user_ids[%d]", i), Values: fault.Values{"user": u.String()}}
		switch {
		case at < 0:
			field.Code = "test_user_unknown"
			wrong = append(wrong, field)
		case known[at].Disabled:
			field.Code = "test_user_disabled"
			wrong = append(wrong, field)
		case !slices.ContainsFunc(t.Letters, func(l TestLetter) bool { return l.User == u }):
			t.Letters = append(t.Letters, TestLetter{User: u})
		}
	}
	return t, fault.Wrongs(wrong)
}

// ask writes the test send with its one entry, and wakes whoever sends it.
func (t *TestSend) ask(tx TestTx, c Campaign, by access.Actor) error {
	told := entry(by, ledger.TestSent, c)
	t.By = by.User
	if err := tx.InsertTest(t, told.ID); err != nil {
		return err
	}
	if err := tx.Record(told.With(map[string]any{"test_send": t.ID, "users": t.Users(), "plan_sha256": t.Plan})); err != nil {
		return err
	}
	return tx.Enqueue(task.Task{Name: task.StaffMail, Object: int64(t.ID)})
}

// Users names whom a test goes to.
func (t TestSend) Users() []id.User {
	all := make([]id.User, len(t.Letters))
	for i, l := range t.Letters {
		all[i] = l.User
	}
	return all
}

// Overtaken tells whether a campaign is no longer what a test of it was asked
// for: nothing more of the test goes out then.
func (t TestSend) Overtaken(c Campaign) bool { return c.Allows(Testing) != nil || c.PlanHash != t.Plan }

// List gives the test sends of a campaign, newest first.
func (s Tester) List(ctx context.Context, by access.Actor, no id.Campaign, before id.TestSend, limit int) ([]TestSend, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Tests(ctx, no, before, limit)
}

// Staff gives those whom a test may go to, to who may ask for one.
func (s Tester) Staff(ctx context.Context, by access.Actor) ([]Colleague, error) {
	if err := access.BuildCampaigns.Allow(by); err != nil {
		return nil, err
	}
	return s.Store.Staff(ctx)
}
