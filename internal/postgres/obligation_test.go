package postgres_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/incident"
	"forthwith/internal/obligation"
	"forthwith/internal/postgres"
)

// TestPeopleAreToldOfASendThatEndsTooLate lets a campaign that is ready run into
// the moment of the notice by what is known of the incident.
func TestPeopleAreToldOfASendThatEndsTooLate(t *testing.T) {
	r := newPlanRig(t, 6)
	ctx := context.Background()
	r.checked()
	store := postgres.ObligationStore{DB: r.db.DB}
	alarms := obligation.Alarms{Service: obligation.Service{Store: store, Rules: postgres.RuleStore{DB: r.db.DB}}, Alarms: store}
	alerts := func() int64 {
		t.Helper()
		if err := alarms.Look(ctx); err != nil {
			t.Fatal(err)
		}
		return r.number("SELECT coalesce(sum(times), 0)::bigint FROM alert WHERE kind = 'send_late'")
	}
	known := func(day string) {
		t.Helper()
		r.exec(`INSERT INTO incident_fact (incident_no, version, document, made_by) SELECT incident_no, version + 1, jsonb_set(document, '{events}', jsonb_build_object('discovery', $2::text)), made_by
			FROM incident_fact WHERE incident_no = $1 ORDER BY version DESC LIMIT 1`, int64(r.incident), day)
	}
	if n := alerts(); n != 0 {
		t.Errorf("%d alerts before any clock runs", n)
	}
	known(time.Now().UTC().Format(time.DateOnly))
	if n := alerts(); n != 0 {
		t.Errorf("%d alerts though it ends in time", n)
	}
	known("2022-08-08")
	if n := alerts(); n != 1 {
		t.Errorf("%d alerts of a send that ends too late", n)
	}
	if n := alerts(); n != 1 {
		t.Errorf("told %d times", n)
	}
	r.exec("UPDATE alert SET acknowledged_by = $1, acknowledged_at = now()", int64(r.gil.User))
	if n := alerts(); n != 1 {
		t.Errorf("told again at once: %d", n)
	}
	r.exec("UPDATE alert SET acknowledged_at = now() - interval '23 hours'")
	if n := alerts(); n != 1 {
		t.Errorf("told %d times, 23 hours after somebody saw it", n)
	}
	r.exec("UPDATE alert SET acknowledged_at = now() - interval '25 hours'")
	if n := alerts(); n != 2 {
		t.Errorf("told %d times, a day after somebody saw it", n)
	}
}

// The law counts people, not mailboxes, and nobody whose list was withdrawn.
func TestPeopleAreCountedWhereTheyAre(t *testing.T) {
	d := newDesk(t)
	where := func() (all, unreachable map[string]int) {
		t.Helper()
		s, err := postgres.ObligationStore{DB: d.DB}.Scene(context.Background(), d.incident)
		if err != nil {
			t.Fatal(err)
		}
		return s.People, s.Unreachable
	}
	const mapped = "email,name,state\n"
	use := map[string]string{"email": "email", "name": "name", "state": "jurisdiction:US"}
	d.imported(t, d.incident, mapped+"ann@example.com,Ann,CA\nann@example.com,Bob,CA\n,Cy,CA\neve@example.com,Eve,\n", use)
	if all, unreachable := where(); !maps.Equal(all, map[string]int{"US-CA": 3, "": 1}) || unreachable["US-CA"] != 1 || unreachable[""] != 0 {
		t.Errorf("%v, out of reach %v", all, unreachable)
	}
	wrong := d.imported(t, d.incident, mapped+"dan@example.com,Dan,CA\nann@example.com,Ann,NY\n", use)
	if all, _ := where(); !maps.Equal(all, map[string]int{"US-CA": 4, "US-NY": 2, "": 1}) {
		t.Errorf("with a second list: %v", all)
	}
	d.withdrawn(t, wrong)
	if all, _ := where(); !maps.Equal(all, map[string]int{"US-CA": 3, "": 1}) {
		t.Errorf("with the second list withdrawn: %v", all)
	}
}

// Nobody heard of a campaign that was given up before it began.
func TestAnAbortedPlanIsNoSend(t *testing.T) {
	r := newPlanRig(t, 6)
	ctx := context.Background()
	settings, tomorrow := r.settings(), time.Now().Add(24*time.Hour)
	settings.ScheduleAt = &tomorrow
	c := r.approvedAs(settings)
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	sends := func() int {
		t.Helper()
		s, err := postgres.ObligationStore{DB: r.db.DB}.Scene(ctx, r.incident)
		if err != nil {
			t.Fatal(err)
		}
		return len(s.Sends)
	}
	if n := sends(); n != 1 {
		t.Errorf("%d sends of a schedule", n)
	}
	if _, err := r.service.Abort(ctx, r.gil, c.ID, "not needed"); err != nil {
		t.Fatal(err)
	}
	if n := sends(); n != 0 {
		t.Errorf("%d sends once it was given up", n)
	}
}

// Everybody who is affected counts once in each of their places, by the best that
// became of them over all campaigns.
func TestFiguresCountEverybodyByWhatBecameOfThem(t *testing.T) {
	r := newPlanRig(t, 20) // the last has no address
	ctx := context.Background()
	s := obligation.Service{Store: postgres.ObligationStore{DB: r.db.DB}, Rules: postgres.RuleStore{DB: r.db.DB}}
	figures := func() obligation.Figures {
		t.Helper()
		f, err := s.Figures(ctx, r.ada, r.incident)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	r.exec("UPDATE recipient SET jurisdictions = '{US-CA,US-NY}' WHERE recipient_no = 2")
	r.exec("UPDATE recipient SET jurisdictions = '{}' WHERE recipient_no = 3")
	r.exec("UPDATE recipient SET individuals = 5 WHERE recipient_no = 4")
	before := figures()
	if c, _ := before.Of(obligation.Everywhere); c.Affected() != 24 || c.Reached[obligation.NotYet] != 23 || c.Reached[obligation.NoAddress] != 1 || before.First != nil {
		t.Errorf("before anybody was told: %+v", before)
	}
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		t.Fatal(err)
	}
	for status, seqs := range map[string]string{"accepted": "(1, 2)", "delivered": "(3)", "complained": "(4)", "indeterminate": "(5)", "rejected": "(6, 7)", "bounced": "(8)", "suppressed": "(9)"} {
		r.exec("UPDATE delivery SET status = $1 WHERE recipient_no IN "+seqs, status)
	}
	want := map[string]map[obligation.Reached]int{
		obligation.Everywhere: {obligation.Told: 8, obligation.Unclear: 1, obligation.Failed: 3, obligation.LeftOut: 1, obligation.Waiting: 10, obligation.NoAddress: 1},
		"US":                  {obligation.Told: 7, obligation.Unclear: 1, obligation.Failed: 3, obligation.LeftOut: 1, obligation.Waiting: 10},
		"US-CA":               {obligation.Told: 7, obligation.Unclear: 1, obligation.Failed: 3, obligation.LeftOut: 1, obligation.Waiting: 10},
		"US-NY":               {obligation.Told: 1},
		obligation.Nowhere:    {obligation.Told: 1, obligation.NoAddress: 1},
	}
	got := figures()
	var places []string
	for _, c := range got.Counts {
		places = append(places, c.Place)
		if !maps.Equal(c.Reached, want[c.Place]) {
			t.Errorf("%s: %v, want %v", c.Place, c.Reached, want[c.Place])
		}
	}
	if !slices.Equal(places, []string{"all", "US", "US-CA", "US-NY", "none"}) || got.First == nil || got.Last != nil {
		t.Errorf("places %v from %v to %v", places, got.First, got.Last)
	}
	if _, err := r.service.Abort(ctx, r.gil, c.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	if ended := figures(); ended.Last == nil || ended.Counts[0].Reached[obligation.LeftOut] != 11 || ended.Counts[0].Affected() != 24 {
		t.Errorf("after its end: %+v to %v", ended.Counts[0], ended.Last)
	}
	if _, err := s.Figures(ctx, r.eli, r.incident); !fault.Is(err, "role_may_not") {
		t.Errorf("an admin reads figures: %v", err)
	}
}

// Whoever was on a list that was withdrawn is affected no more, and is not among
// those at a mailbox either.
func TestPeopleOfAWithdrawnListAreNotCounted(t *testing.T) {
	r := newPlanRig(t, 5)
	ctx := context.Background()
	if err := r.changeFacts(func(f incident.Facts) incident.Facts { f.Mailboxes = []string{"example.com"}; return f }); err != nil {
		t.Fatal(err)
	}
	if err := sqlChange(withdrawFirst)(r, campaign.Campaign{}); err != nil {
		t.Fatal(err)
	}
	f, err := obligation.Service{Store: postgres.ObligationStore{DB: r.db.DB}, Rules: postgres.RuleStore{DB: r.db.DB}}.Figures(ctx, r.ada, r.incident)
	if c, _ := f.Of(obligation.Everywhere); err != nil || c.Affected() != 0 {
		t.Errorf("%+v, %v", f.Counts, err)
	}
	_, err = r.exclusions().Exclude(ctx, r.ada, r.incident, cohort.Exclude{AtMailboxes: true, Kind: cohort.CounselDecision, Reason: "told by post"})
	if !fault.Is(err, "exclusion_nobody_there") {
		t.Errorf("excluded: %v", err)
	}
}
