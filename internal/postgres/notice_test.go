package postgres_test

import (
	"context"
	"runtime"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
)

func (d *desk) notices() notice.Service {
	store := postgres.NoticeStore{DB: d.DB}
	return notice.Service{Store: store, Scene: store}
}

func letter(body string) notice.Draft {
	return notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "About your account", Body: body}}}
}

func (d *desk) version(t testing.TB, by access.Actor, in id.Notice, body string) notice.Version {
	t.Helper()
	v, err := d.notices().Save(context.Background(), by, in, 0, letter(body))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *desk) notice(t testing.TB) notice.Notice {
	t.Helper()
	n, err := d.notices().Create(context.Background(), d.ops, d.incident, "Addresses exposed")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATextGoesFromDraftToApprovedByDifferentPeople(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	s := d.notices()
	n := d.notice(t)
	v := d.version(t, d.ops, n.ID, "Dear {{recipient.name}}, your address may be exposed.")
	if v.No != 1 || v.State != notice.Drafted || v.SHA256.IsZero() || len(v.People.Authors) != 1 {
		t.Fatalf("a new version is %+v", v)
	}
	if _, err := s.Approve(ctx, d.legal, v.ID, v.SHA256, ""); !fault.Is(err, "version_state") {
		t.Errorf("a draft was approved: %v", err)
	}
	if v, err := s.Submit(ctx, d.ops, v.ID, v.SHA256, ""); err != nil || v.State != notice.InReview {
		t.Fatalf("submitted: %s, %v", v.State, err)
	}
	if _, err := s.Approve(ctx, d.legal, v.ID, canon.Hash{1}, ""); fault.KindOf(err) != fault.Mismatch {
		t.Errorf("another hash was approved: %v", err)
	}
	tired := d.legal
	tired.SteppedUp = false
	if _, err := s.Approve(ctx, tired, v.ID, v.SHA256, ""); fault.KindOf(err) != fault.StepUp {
		t.Errorf("approved without a second factor: %v", err)
	}
	if _, err := s.Approve(ctx, d.ops, v.ID, v.SHA256, ""); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("ops approved: %v", err)
	}
	got, err := s.Approve(ctx, d.legal, v.ID, v.SHA256, "Checked with counsel Zed.")
	if err != nil || got.State != notice.Approved || len(got.Events) != 2 || got.Events[1].Comment != "Checked with counsel Zed." || got.Events[1].By != d.legal.User {
		t.Fatalf("approved: %+v, %v", got.Events, err)
	}
	if d.count(t, "SELECT count(*) FROM approval WHERE kind = 'version'") != 1 {
		t.Error("no approval was written")
	}
	if d.count(t, "SELECT count(*) FROM version_event WHERE encode(comment, 'escape') LIKE '%counsel%'") != 0 {
		t.Error("a comment lies open")
	}
	if _, err := s.Approve(ctx, d.legal, v.ID, v.SHA256, ""); !fault.Is(err, "version_state") {
		t.Errorf("approved twice: %v", err)
	}
	if got, err := s.Withdraw(ctx, d.legal, v.ID, v.SHA256, ""); err != nil || got.State != notice.Withdrawn {
		t.Errorf("withdrawn: %s, %v", got.State, err)
	}
}

func TestWhoeverWroteInTheLineMayNotApproveIt(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	n := d.notice(t)
	d.version(t, d.legal, n.ID, "First words.")
	v := d.version(t, d.ops, n.ID, "Other words.")
	if _, err := d.notices().Submit(ctx, d.ops, v.ID, v.SHA256, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.notices().Approve(ctx, d.legal, v.ID, v.SHA256, ""); !fault.Is(err, "own_text") {
		t.Errorf("an author of the line approved: %v", err)
	}
	if got, err := d.notices().Reject(ctx, d.legal, v.ID, v.SHA256, "Not clear."); err != nil || got.State != notice.Rejected {
		t.Errorf("rejected: %s, %v", got.State, err)
	}
}

// TestAnAuthorWhoIsNotCommittedYetIsWaitedFor lets an approver read the authors
// before another transaction adds them as one.
func TestAnAuthorWhoIsNotCommittedYetIsWaitedFor(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	n := d.notice(t)
	v := d.version(t, d.ops, n.ID, "Words.")
	if _, err := d.notices().Submit(ctx, d.ops, v.ID, v.SHA256, ""); err != nil {
		t.Fatal(err)
	}
	other, err := d.As(t, postgres.AppRole).Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(ctx, "INSERT INTO version_author (notice_no, user_no, version_no) VALUES ($1, $2, $3)", int64(n.ID), int64(d.legal.User), int64(v.ID)); err != nil {
		t.Fatal(err)
	}
	approved := make(chan error, 1)
	go func() {
		_, err := d.notices().Approve(ctx, d.legal, v.ID, v.SHA256, "")
		approved <- err
	}()
	for d.count(t, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0 {
		runtime.Gosched()
	}
	if err := other.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-approved; !fault.Is(err, "own_text") {
		t.Errorf("an author approved: %v", err)
	}
}

func TestVersionsAreNumberedAndNeverChange(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	n := d.notice(t)
	one := d.version(t, d.ops, n.ID, "Words.")
	two, err := d.notices().Save(ctx, d.legal, n.ID, one.ID, letter("Words."))
	if err != nil || two.No != 2 || two.SHA256 == one.SHA256 {
		t.Fatalf("the same words again are %+v: %v", two, err)
	}
	other, err := d.notices().Create(ctx, d.ops, d.incident, "Accounts secured")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.notices().Save(ctx, d.ops, other.ID, one.ID, letter("Words.")); !fault.Is(err, "version_of_another_notice") {
		t.Errorf("an edit of another notice's version: %v", err)
	}
	if _, err := d.notices().Create(ctx, d.ops, d.incident, "Addresses exposed"); !fault.Is(err, "notice_name_taken") {
		t.Errorf("a second notice of one name: %v", err)
	}
	if _, err := d.notices().Save(ctx, d.ops, n.ID, 0, letter("Dear {{recipient.nam}},")); !fault.Is(err, "field_unknown") {
		t.Errorf("an unknown field: %v", err)
	}
	all, err := d.notices().List(ctx, d.legal, d.incident, 0, 10)
	if err != nil || len(all) != 2 || len(all[0].Versions) != 2 {
		t.Errorf("%d notices: %v", len(all), err)
	}
}

func TestSubmitNeedsEveryColumn(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, fourPeople, fullMapping)
	n := d.notice(t)
	v := d.version(t, d.ops, n.ID, "Dear customer,\n\nyour account {{merge.acount}} is affected.")
	_, err := d.notices().Submit(ctx, d.ops, v.ID, v.SHA256, "")
	f, ok := fault.As(err)
	if !ok || f.Code != "field_no_column" || f.Values["like"] != "account" || f.Values["line"] != 3 {
		t.Errorf("a column that no list has: %v", err)
	}
	got, err := d.notices().Version(ctx, d.legal, v.ID)
	if err != nil || len(got.Lint) == 0 || !strings.Contains(got.Lint[0].Message, "did you mean ‘account’") {
		t.Errorf("lint says %+v: %v", got.Lint, err)
	}
	v = d.version(t, d.ops, n.ID, "Your accounts {{list merge.account}} are affected.")
	if _, err := d.notices().Submit(ctx, d.ops, v.ID, v.SHA256, ""); err != nil {
		t.Error(err)
	}
}

func TestAPreviewShowsWhatOnePersonGets(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, fourPeople, fullMapping)
	n := d.notice(t)
	draft := letter("Dear {{recipient.name}}, {{list merge.account}} at {{incident.summary}}, code {{notice.code}}.")
	draft.Variants = append(draft.Variants, notice.Source{Locale: "de", Subject: "Ihr Konto", Body: "Guten Tag {{recipient.name}}, am {{notice.date}}."})
	v, err := d.notices().Save(ctx, d.ops, n.ID, 0, draft)
	if err != nil {
		t.Fatal(err)
	}
	person := func(no int64) notice.Someone {
		return notice.Someone{Person: id.Recipient{Parent: int64(d.incident), No: no}}
	}
	got, err := d.notices().Preview(ctx, d.legal, v.ID, person(1), -1)
	if err != nil || got.Variant != 0 || !strings.Contains(got.Message.Text, "Dear Ana, a-1, a-2 at Mail provider breach, code 0000-0000-0000-0000.") {
		t.Errorf("Ana gets %q: %v", got.Message.Text, err)
	}
	if got, err = d.notices().Preview(ctx, d.legal, v.ID, person(2), -1); err != nil || got.Variant != 1 || !strings.Contains(got.Message.HTML, "Ben") {
		t.Errorf("Ben gets variant %d: %v", got.Variant, err)
	}
	if got, err = d.notices().Preview(ctx, d.legal, v.ID, notice.Someone{}, 0); err != nil || !strings.Contains(got.Message.Text, "[sample recipient.name]") {
		t.Errorf("a sample person gets %q: %v", got.Message.Text, err)
	}
	for code, ask := range map[string]func() error{
		"no_such_recipient": func() error { _, err := d.notices().Preview(ctx, d.legal, v.ID, person(99), -1); return err },
		"recipient_of_another_incident": func() error {
			_, err := d.notices().Preview(ctx, d.legal, v.ID, notice.Someone{Person: id.Recipient{Parent: 99, No: 1}}, -1)
			return err
		},
		"field_out_of_range": func() error { _, err := d.notices().Preview(ctx, d.legal, v.ID, person(1), 2); return err },
	} {
		if err := ask(); !fault.Is(err, code) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestClosedIncidentsTakeNoNewWork(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	n := d.notice(t)
	if _, err := d.raw.Exec(ctx, "UPDATE incident SET state = $1", string(incident.Closed)); err != nil {
		t.Fatal(err)
	}
	_, upload := d.lists.Upload(ctx, d.ops, d.incident, csvFile(fourPeople, fullMapping))
	_, create := d.notices().Create(ctx, d.ops, d.incident, "Another")
	_, save := d.notices().Save(ctx, d.ops, n.ID, 0, letter("Words."))
	for what, err := range map[string]error{"an upload": upload, "a notice": create, "a version": save} {
		if !fault.Is(err, "incident_closed") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A version is compared with another of its notice, and one of its texts with
// another of them.
func TestVersionsAndTextsAreComparedWordByWord(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	n := d.notice(t)
	first := d.version(t, d.ops, n.ID, "We moved your mail.")
	draft := letter("We moved all mail.")
	draft.Variants = append(draft.Variants, notice.Source{Locale: "de", Subject: "Ihr Konto", Body: "We moved all letters."})
	second, err := d.notices().Save(ctx, d.ops, n.ID, first.ID, draft)
	if err != nil {
		t.Fatal(err)
	}
	said := func(with notice.Comparison) string {
		t.Helper()
		changes, err := d.notices().Compare(ctx, d.legal, second.ID, with)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range changes {
			for _, e := range c.Body {
				out = append(out, string(e.Kind)+":"+e.Text)
			}
		}
		return strings.Join(out, "|")
	}
	if got := said(notice.Comparison{Against: first.ID}); !strings.HasPrefix(got, "kept:We moved |removed:your|added:all|kept: mail.|added:") {
		t.Errorf("against the first: %s", got)
	}
	if got := said(notice.Comparison{From: 0, To: 1}); got != "kept:We moved all |removed:mail|added:letters|kept:." {
		t.Errorf("one text against the other: %s", got)
	}
	other, err := d.notices().Create(ctx, d.ops, d.incident, "Another")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := d.version(t, d.ops, other.ID, "Words.")
	for code, with := range map[string]notice.Comparison{"compared_with_another_notice": {Against: elsewhere.ID}, "field_out_of_range": {To: 2}, "no_such_version": {Against: 999}} {
		if _, err := d.notices().Compare(ctx, d.legal, second.ID, with); !fault.Is(err, code) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := d.notices().Compare(ctx, access.Actor{Role: access.Admin}, second.ID, notice.Comparison{}); !fault.Is(err, "role_may_not") {
		t.Errorf("an admin compares: %v", err)
	}
}
