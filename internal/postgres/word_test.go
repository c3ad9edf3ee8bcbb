package postgres_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/task"
	"forthwith/internal/watch"
)

// mails has somebody choose who mails staff; nobody where relay is 0.
func (r *planRig) mails(relay, sender int64) error {
	r.t.Helper()
	ctx, s := context.Background(), incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}
	o, version, err := s.Organisation(ctx, r.eli)
	if err != nil {
		r.t.Fatal(err)
	}
	o.StaffMail = &incident.StaffMail{Relay: id.Relay(relay), Sender: id.Sender(sender)}
	_, err = s.SetOrganisation(ctx, r.eli, version, o)
	return err
}

// asked has three workers look, and counts whom mail was asked for so far.
func (r *planRig) asked(when string, want map[id.User]int) {
	r.t.Helper()
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			if err := (watch.Approvals{Store: postgres.AlertStore{DB: r.db.DB}}).Look(context.Background()); err != nil {
				r.t.Error(err)
			}
		})
	}
	workers.Wait()
	for _, who := range []access.Actor{r.ada, r.bo, r.cem, r.gil, r.eli} {
		if n := r.number("SELECT count(*) FROM staff_send WHERE users = ARRAY[$1::bigint]", int64(who.User)); int(n) != want[who.User] {
			r.t.Errorf("%s: %d mails to %s, want %d", when, n, who.User, want[who.User])
		}
	}
}

// newest is the last mail that was asked for, and what it tells.
func (r *planRig) newest() (int64, []watch.WaitKind) {
	r.t.Helper()
	no := r.number("SELECT max(send_no) FROM staff_send")
	w, err := postgres.AlertStore{DB: r.db.DB}.Word(context.Background(), no)
	if err != nil {
		r.t.Fatal(err)
	}
	var kinds []watch.WaitKind
	for _, l := range w.Lines {
		if l.Since.IsZero() {
			r.t.Error("it waits since nothing")
		}
		kinds = append(kinds, l.Kind)
	}
	return no, kinds
}

func (r *planRig) worker() delivery.Worker {
	r.t.Helper()
	w, err := postgres.DeliveryStore{DB: r.db.DB}.Enlist(context.Background(), "worker", time.Minute)
	if err != nil {
		r.t.Fatal(err)
	}
	return w
}

// sent announces a mail, as a worker does before the wire.
func (r *planRig) sent(send int64, to access.Actor, w delivery.Worker) {
	r.t.Helper()
	in := delivery.StaffIntent{Send: send, User: int64(to.User), Worker: w, Relay: r.relay}
	if granted, err := (postgres.DeliveryStore{DB: r.db.DB}).AnnounceStaff(context.Background(), in); err != nil || !granted {
		r.t.Fatalf("announced: %t, %v", granted, err)
	}
}

func TestEachWhoMayDecideIsMailedOnceWhatWaits(t *testing.T) {
	r := newPlanRig(t, 3)
	nobody := map[id.User]int{}
	r.event(notice.Submitted, 1)
	r.asked("nobody chose who mails", nobody)
	if err := r.mails(r.relay, r.sender); err != nil {
		t.Fatal(err)
	}
	gone := r.user("gone", access.Legal)
	r.exec("UPDATE user_account SET disabled_at = now() WHERE user_no = $1", int64(gone.User))
	r.asked("a text that bo wrote", map[id.User]int{r.ada.User: 1})
	r.asked("looked at again", map[id.User]int{r.ada.User: 1})
	send, kinds := r.newest()
	if !slices.Equal(kinds, []watch.WaitKind{watch.TextWaits}) || r.number("SELECT count(*) FROM outbox WHERE task = $1 AND object = $2", string(task.StaffMail), send) != 1 {
		t.Errorf("it tells %v", kinds)
	}
	waiting, err := r.db.Waiting(context.Background())
	if err != nil || !slices.Contains(waiting, task.Task{Name: task.StaffMail, Object: send}) {
		t.Errorf("nobody reminds of it: %v, %v", waiting, err)
	}
	if n := r.number("SELECT count(*) FROM staff_send WHERE users = ARRAY[$1::bigint]", int64(gone.User)); n != 0 {
		t.Error("somebody who was disabled is mailed")
	}
	r.event(notice.Approval, 0)
	if _, kinds = r.newest(); len(kinds) != 0 {
		t.Errorf("decided, it still tells %v", kinds)
	}
}

func TestOneIsMailedAtMostOnceInTenMinutes(t *testing.T) {
	r := newPlanRig(t, 3)
	if err := r.mails(r.relay, r.sender); err != nil {
		t.Fatal(err)
	}
	w, once, twice := r.worker(), map[id.User]int{r.ada.User: 1}, map[id.User]int{r.ada.User: 2}
	r.event(notice.Submitted, 1)
	r.asked("a text", once)
	c := r.checked()
	r.asked("a plan, while the first mail waits", once)
	first, _ := r.newest()
	r.sent(first, r.ada, w)
	r.asked("a plan, just after the first mail", once)
	if _, err := r.owner.Exec(context.Background(), "ALTER TABLE staff_intent DISABLE TRIGGER USER"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.owner.Exec(context.Background(), "UPDATE staff_intent SET at = at - interval '11 minutes'"); err != nil {
		t.Fatal(err)
	}
	r.asked("eleven minutes later", twice)
	if _, kinds := r.newest(); !slices.Equal(kinds, []watch.WaitKind{watch.PlanWaits}) {
		t.Errorf("the second tells %v", kinds)
	}
	second, _ := r.newest()
	r.sent(second, r.ada, w)
	if _, err := r.owner.Exec(context.Background(), "UPDATE staff_intent SET at = at - interval '11 minutes'"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.Reject(context.Background(), r.ada, c.ID, c.PlanHash, "no"); err != nil {
		t.Fatal(err)
	}
	r.check(c.ID)
	r.asked("another plan of the same campaign", map[id.User]int{r.ada.User: 3})
}

func TestAMailToStaffThatADeadWorkerAnnouncedIsNotSentAgain(t *testing.T) {
	ctx := context.Background()
	r := newPlanRig(t, 3)
	if err := r.mails(r.relay, r.sender); err != nil {
		t.Fatal(err)
	}
	r.event(notice.Submitted, 1)
	r.asked("a text", map[id.User]int{r.ada.User: 1})
	send, _ := r.newest()
	w, record := r.worker(), postgres.DeliveryStore{DB: r.db.DB}
	r.sent(send, r.ada, w)
	r.exec("UPDATE worker SET lease_until = '-infinity'")
	if _, err := record.Bury(ctx); err != nil {
		t.Fatal(err)
	}
	if n := r.number("SELECT count(*) FROM staff_outcome WHERE send_no = $1 AND assumed AND lost", send); n != 1 {
		t.Errorf("%d times unclear", n)
	}
	in := delivery.StaffIntent{Send: send, User: int64(r.ada.User), Worker: r.worker(), Relay: r.relay}
	if granted, err := record.AnnounceStaff(ctx, in); err != nil || granted {
		t.Errorf("sent again: %t, %v", granted, err)
	}
	if err := record.TellStaff(ctx, in, outcome.Reply{Phase: outcome.PhaseDot, Code: 250}); err != nil {
		t.Fatal(err)
	}
	if _, left, err := r.store.Asked(ctx, id.TestSend(send)); err != nil || len(left) != 0 {
		t.Errorf("left is %+v, %v", left, err)
	}
	r.asked("later", map[id.User]int{r.ada.User: 1})
}

// The builder of the plan, the author of its text and whoever asked are of
// legal here, as no role keeps them from it in the database.
func TestWhoHadAHandInItIsNotMailed(t *testing.T) {
	ctx := context.Background()
	s, amendments := paused(t)
	if err := s.mails(s.relay, s.sender); err != nil {
		t.Fatal(err)
	}
	fay := s.user("fay", access.Legal)
	s.exec("INSERT INTO campaign_builder (campaign_no, user_no) VALUES ($1, $2)", int64(s.campaign.ID), int64(fay.User))
	rate := 60.0
	if _, err := amendments.Propose(ctx, s.gil, s.campaign.ID, campaign.Wider{MaxRate: &rate, Reason: "it is slow"}); err != nil {
		t.Fatal(err)
	}
	s.exec("UPDATE user_account SET role = 'legal' WHERE user_no = $1", int64(s.gil.User))
	s.asked("an amendment", map[id.User]int{s.ada.User: 1})
	if n := s.number("SELECT count(*) FROM staff_send WHERE users = ARRAY[$1::bigint]", int64(fay.User)); n != 0 {
		t.Error("who built the plan is mailed")
	}
	if _, kinds := s.newest(); !slices.Equal(kinds, []watch.WaitKind{watch.AmendmentWaits}) {
		t.Errorf("it tells %v", kinds)
	}
}

func TestWhoMailsStaffIsThereOrRefused(t *testing.T) {
	r := newPlanRig(t, 3)
	for name, c := range map[string]struct {
		relay, sender int64
		code          string
	}{"no relay": {0, r.sender, "staff_mail_half"}, "no sender": {r.relay, 0, "staff_mail_half"}, "another relay": {99, r.sender, "relay_unknown"}, "another sender": {r.relay, 99, "sender_unknown"}} {
		if err := r.mails(c.relay, c.sender); !fault.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.mails(r.relay, r.sender); err != nil {
		t.Fatal(err)
	}
	if err := r.mails(0, 0); err != nil {
		t.Fatal(err)
	}
	r.event(notice.Submitted, 1)
	r.asked("nobody is chosen any more", map[id.User]int{})
}

// TestWhoLeftLegalIsToldNothingOfIt: roles change between the asking and the sending.
func TestWhoLeftLegalIsToldNothingOfIt(t *testing.T) {
	r := newPlanRig(t, 3)
	r.event(notice.Submitted, 1)
	if err := r.mails(r.relay, r.sender); err != nil {
		t.Fatal(err)
	}
	r.asked("a text that bo wrote", map[id.User]int{r.ada.User: 1})
	r.exec("UPDATE user_account SET role = 'support' WHERE user_no = $1", int64(r.ada.User))
	if _, kinds := r.newest(); len(kinds) != 0 {
		t.Errorf("support is told that %v", kinds)
	}
}

// TestWhoLaunchedIsNotAskedForMore: as legal of today they may not decide on it.
func TestWhoLaunchedIsNotAskedForMore(t *testing.T) {
	s, service := paused(t)
	r, faster := s.planRig, 60.0
	if err := r.mails(r.relay, r.sender); err != nil {
		t.Fatal(err)
	}
	if _, err := service.Propose(context.Background(), r.cem, s.campaign.ID, campaign.Wider{MaxRate: &faster, Reason: "why"}); err != nil {
		t.Fatal(err)
	}
	r.exec("UPDATE user_account SET role = 'legal' WHERE user_no = $1", int64(r.gil.User))
	r.asked("an amendment of what gil launched", map[id.User]int{r.ada.User: 1})
}
