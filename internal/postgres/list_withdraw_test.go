package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
)

// withdrawn takes a list back.
func (d *desk) withdrawn(t testing.TB, l intake.List) intake.List {
	t.Helper()
	ctx := context.Background()
	if _, err := d.lists.Withdraw(ctx, d.ops, l.ID, "the wrong export", &l.Counts.Rows); err != nil {
		t.Fatal(err)
	}
	if err := d.lists.WithdrawNow(ctx, l.ID); err != nil {
		t.Fatal(err)
	}
	l, err := d.lists.Get(ctx, d.ops, l.ID)
	if err != nil || l.State != intake.Withdrawn {
		t.Fatalf("the list is %s: %+v, %v", l.State, l.Failure, err)
	}
	return l
}

// A list that was withdrawn tells nothing about anybody: people are what they
// would be had it never been there.
func TestAWithdrawnListMightNeverHaveBeen(t *testing.T) {
	d := newDesk(t)
	examples(t, "40")
	forget := d.forgetful(t)
	rapid.Check(t, func(rt *rapid.T) {
		forget() // what an example that failed has left
		rows := rapid.SliceOfN(anyRow, 1, 12)
		var parts []string
		for n, name := range []string{"before", "wrong", "after"} {
			parts = append(parts, strings.Repeat("\n", n)+header+strings.Join(rows.Draw(rt, name), ""))
		}
		d.imported(t, d.incident, parts[0], fullMapping)
		d.imported(t, d.incident, parts[2], fullMapping)
		want := d.state(t, d.incident)
		forget()
		d.imported(t, d.incident, parts[0], fullMapping)
		wrong := d.imported(t, d.incident, parts[1], fullMapping)
		if early := rapid.Bool().Draw(rt, "early"); early {
			d.withdrawn(t, wrong)
			d.imported(t, d.incident, parts[2], fullMapping)
		} else {
			d.imported(t, d.incident, parts[2], fullMapping)
			d.withdrawn(t, wrong)
		}
		got := d.state(t, d.incident)
		standing := d.count(t, "SELECT coalesce(sum(new_recipients - left_recipients), 0) FROM list")
		forget()
		if !slices.Equal(want, got) {
			rt.Fatalf("without the list\n%s\nwith it withdrawn\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
		if standing != int64(len(want)) {
			rt.Fatalf("%d people by the counts of the lists, %d there", standing, len(want))
		}
	})
}

func TestWhatHangsOnAListIsToldBeforeItIsWithdrawn(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	b := d.imported(t, d.incident, header+"ben@example.com,Ben,NY,de,pro,b-1,,,,\ndot@example.com,Dot,CA,en,,,,,,\n", fullMapping)
	d.frozen(t, d.cohort(t, "Pro", 10, fmt.Sprintf(`{"any":[{"list":%q},{"attribute":"plan","op":"eq","value":"none"}]}`, b.ID)).ID)
	d.cohort(t, "All of A", 20, fmt.Sprintf(`{"list":%q}`, a.ID))
	d.cohort(t, "Not of B", 30, fmt.Sprintf(`{"not":{"list":%q}}`, b.ID))
	_, h, err := d.lists.Hanging(ctx, d.ops, b.ID)
	if err != nil || h.People != 2 || h.Only != 1 || h.Told != 0 || len(h.Sends) != 0 {
		t.Errorf("%+v, %v", h, err)
	}
	if len(h.Cohorts) != 2 || !h.Cohorts[0].Frozen || h.Cohorts[0].Members != 1 || h.Cohorts[1].Name != "Not of B" || h.Cohorts[1].Frozen {
		t.Errorf("cohorts: %+v", h.Cohorts)
	}
	for _, reason := range []string{"", " \n"} {
		if _, err := d.lists.Withdraw(ctx, d.ops, b.ID, reason, nil); !fault.Is(err, "field_missing") {
			t.Errorf("without a reason: %v", err)
		}
	}
	three := int64(3)
	if _, err := d.lists.Withdraw(ctx, d.ops, b.ID, "wrong", &three); !fault.Is(err, "withdraw_count") {
		t.Errorf("with another number: %v", err)
	}
	if _, err := d.lists.Withdraw(ctx, d.legal, b.ID, "wrong", nil); !fault.Is(err, "role_may_not") {
		t.Errorf("by legal: %v", err)
	}
	b = d.withdrawn(t, b)
	if b.Withdrawal.Left != 1 || b.Withdrawal.Reason != "the wrong export" || b.Withdrawal.Done.IsZero() || b.Withdrawal.At.IsZero() {
		t.Errorf("%+v", b.Withdrawal)
	}
	if _, err := d.lists.Withdraw(ctx, d.ops, b.ID, "again", nil); !fault.Is(err, "list_state") {
		t.Errorf("once more: %v", err)
	}
	if err := d.lists.WithdrawNow(ctx, b.ID); err != nil {
		t.Errorf("the task once more: %v", err)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb LIKE 'list_withdraw%'"); n != 2 {
		t.Errorf("%d entries", n)
	}
	d.imported(t, d.incident, header+"ben@example.com,Ben,NY,de,pro,b-1,,,,\ndot@example.com,Dot,CA,en,,,,,,\n", fullMapping) // the same file may come again
}

// Rules see the rows of lists that stand, and nobody whose lists are all gone.
func TestRulesPassOverWithdrawnLists(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	a := d.imported(t, d.incident, fourPeople, fullMapping)
	b := d.imported(t, d.incident, header+"ben@example.com,Ben,NY,de,gold,b-1,,,,\ndot@example.com,Dot,CA,en,gold,,,,,\n", fullMapping)
	rules := map[string]int{
		fmt.Sprintf(`{"list":%q}`, a.ID):                       4,
		`{"attribute":"plan","op":"eq","value":"gold"}`:        0,
		`{"attribute":"plan","op":"exists"}`:                   3,
		fmt.Sprintf(`{"not":{"list":%q}}`, a.ID):               0,
		`{"not":{"attribute":"plan","op":"eq","value":"pro"}}`: 2,
	}
	draft := d.cohort(t, "Of B", 5, fmt.Sprintf(`{"list":%q}`, b.ID))
	d.withdrawn(t, b)
	for text, want := range rules {
		f, err := d.cohorts().Size(ctx, d.ops, d.incident, cohort.Sketch{Precedence: 1, Rule: rule(t, text)})
		if err != nil || f.Size != want {
			t.Errorf("%s selects %d, want %d: %v", text, f.Size, want, err)
		}
	}
	got, err := d.cohorts().Get(ctx, d.ops, draft.ID)
	if err != nil || got.Figures.Size != 0 {
		t.Errorf("a draft of the withdrawn list has %d people: %v", got.Figures.Size, err)
	}
}

// Members of a frozen cohort whose lists were all withdrawn are not mailed by
// plans that are made from then on.
func TestAPlanLeavesOutWhomNoListHas(t *testing.T) {
	r := newPlanRig(t, 20)
	r.exec("UPDATE list SET rows = rows + 7, rejected = 7")
	c := r.checked()
	refused := func(f campaign.Finding) bool { return f.Code == "rejects_remain" }
	if !slices.ContainsFunc(c.Preflight.Warnings, refused) {
		t.Errorf("with refused rows: %+v", c.Preflight.Warnings)
	}
	r.listed(2, 5)
	r.exec(withdrawFirst)
	c = r.check(c.ID)
	if slices.ContainsFunc(c.Preflight.Warnings, refused) {
		t.Errorf("with refused rows of a withdrawn list alone: %+v", c.Preflight.Warnings)
	}
	if n := c.Preflight.Counts; n.ToSend != 5 || n.Excluded != 14 || n.Unaddressed != 1 {
		t.Errorf("%+v", n)
	}
	if n := r.number("SELECT count(*) FROM decision WHERE kind = 'exclude' AND code = 'reason_list_withdrawn'"); n != 14 {
		t.Errorf("%d decisions say why", n)
	}
}

func TestTheDifferenceIsToldPersonByPerson(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	earlier := d.imported(t, d.incident, fourPeople, fullMapping)
	later := d.imported(t, d.incident, "email,name,state,lang,plan,account,since,points,ip,tier\n"+
		"ana@example.com,Ana,TX,en,free,a-2,2020-01-01,2.5,,1\n"+ // the same rows in another order
		"ana@example.com,Ana,CA,en,pro,a-1,2021-05-01,7,192.0.2.1,1\n"+
		"ben@example.com,Ben,NY,de,free,b-1,2022-08-01,11,192.0.2.2,\n"+
		"dot@example.com,Dot,,,,,,,,\n"+
		",Nobody,CA,en,free,n-1,,,,\n", map[string]string{"email": "email", "name": "name"})
	diff, err := d.lists.Difference(ctx, d.ops, later.ID, earlier.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff.New.Count != 1 || diff.Gone.Count != 1 || diff.Changed.Count != 1 || diff.Same != 1 || diff.Nameless != [2]int64{1, 1} {
		t.Errorf("%+v", diff)
	}
	changed := map[string]int64{}
	for _, c := range diff.Columns {
		if c.People > 0 {
			changed[c.Name] = c.People
		}
	}
	if fmt.Sprint(changed) != "map[plan:1 points:1]" || !slices.Equal(diff.Dropped, []string{"ok"}) || !slices.Equal(diff.Added, []string{"tier"}) {
		t.Errorf("columns: %v, dropped %v, added %v", changed, diff.Dropped, diff.Added)
	}
	if len(diff.Changed.First) != 1 || diff.Changed.First[0].No != 2 {
		t.Errorf("changed: %v", diff.Changed.First)
	}
	if _, err := d.lists.Difference(ctx, d.ops, later.ID, later.ID); !fault.Is(err, "list_not_comparable") {
		t.Errorf("with itself: %v", err)
	}
	other := d.imported(t, d.open(t), fourPeople, fullMapping)
	if _, err := d.lists.Difference(ctx, d.ops, later.ID, other.ID); !fault.Is(err, "list_not_comparable") {
		t.Errorf("with another incident's: %v", err)
	}
}

// A list may come again with a column of another type, while a draft still asks for
// the first one.
func TestAWordIsNoDate(t *testing.T) {
	d := newDesk(t)
	const file = "email,since,points\nana@example.com,2023-01-01,7\nben@example.com,2021-01-01,3\n"
	typed := map[string]string{"email": "email", "since": "attribute:since:date", "points": "attribute:points:number"}
	wrong := d.imported(t, d.incident, file, typed)
	for i, text := range []string{
		`{"attribute":"since","op":"gt","value":"2022-01-01"}`,
		`{"attribute":"since","op":"lt","value":"2022-01-01"}`,
		`{"attribute":"points","op":"gt","value":5}`,
	} {
		d.cohort(t, fmt.Sprint("Draft ", i), 10+i, text)
	}
	d.withdrawn(t, wrong)
	d.imported(t, d.incident, file+"cy@example.com,never,many\ndee@example.com,01.12.2020,9\n", map[string]string{"email": "email", "since": "attribute:since", "points": "attribute:points"})
	all, err := d.cohorts().List(context.Background(), d.ops, d.incident, 0, 10)
	if err != nil || all[0].Figures.Size != 1 || all[1].Figures.Size != 1 || all[2].Figures.Size != 0 {
		t.Errorf("%d, %d and %d people: %v", all[0].Figures.Size, all[1].Figures.Size, all[2].Figures.Size, err)
	}
}

// A launch that commits while a withdrawal looks at the campaigns stands in its
// way.
func TestALaunchMeanwhileKeepsItsList(t *testing.T) {
	r := newPlanRig(t, 20)
	c := r.approved()
	ctx := context.Background()
	lists, l := postgres.ListStore{DB: r.db.DB}, intake.List{ID: 1, Incident: r.incident}
	launch, err := r.owner.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = launch.Rollback(ctx) }()
	for _, sql := range []string{
		"INSERT INTO launch (campaign_no, plan_no, plan_sha256, confirmed, launched_by) SELECT campaign_no, plan_no, plan_sha256, 20, $2 FROM campaign WHERE campaign_no = $1",
		"UPDATE campaign SET state = 'scheduled' WHERE campaign_no = $1 AND $2 > 0",
	} {
		if _, err := launch.Exec(ctx, sql, int64(c.ID), int64(r.gil.User)); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() {
		ended <- lists.Withdraw(ctx, l, func(intake.Tx, int64, time.Time) error { return nil })
	}()
	for waits := false; !waits; {
		select {
		case err := <-ended:
			t.Fatalf("the withdrawal did not wait for the launch: %v", err)
		default:
			waits = r.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") > 0
		}
	}
	if err := launch.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !fault.Is(err, "list_is_told") {
		t.Errorf("the withdrawal: %v", err)
	}
	h, err := lists.Hanging(ctx, l)
	if err != nil || len(h.Sends) != 1 || h.Sends[0].ID != c.ID {
		t.Errorf("what hangs on the list: %+v, %v", h.Sends, err)
	}
}

// A withdrawal that waits for an import keeps nobody from a campaign.
func TestAWithdrawalThatWaitsKeepsNobody(t *testing.T) {
	r := newPlanRig(t, 20)
	ctx := context.Background()
	c := r.approved()
	importing, err := r.owner.Begin(ctx)
	if err == nil {
		_, err = importing.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('people of incident', $1))", int64(r.incident))
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		lists, l := postgres.ListStore{DB: r.db.DB}, intake.List{ID: 1, Incident: r.incident}
		ended <- lists.Withdraw(ctx, l, func(intake.Tx, int64, time.Time) error { return nil })
	}()
	r.waits(1)
	if tag, err := r.app.Exec(ctx, "SELECT 1 FROM campaign WHERE campaign_no = $1 FOR UPDATE NOWAIT", int64(c.ID)); err != nil || tag.RowsAffected() != 1 {
		t.Errorf("the campaign is held: %v", err)
	}
	if err := importing.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A refusal that comes late speaks of the withdrawal that it refused, and of no
// other.
func TestALateRefusalLeavesWhatWasAskedForSince(t *testing.T) {
	r := newPlanRig(t, 20)
	ctx := context.Background()
	r.startedAt(r.checked().ID)
	store := postgres.ListStore{DB: r.db.DB}
	lists := intake.Service{Store: store, Withdrawals: store}
	ask := func() {
		t.Helper()
		if _, err := lists.Withdraw(ctx, r.cem, 1, "the wrong export", nil); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	late := lists
	late.Withdrawals = refusing{store, func() {
		if err := lists.WithdrawNow(ctx, 1); err != nil { // the task was delivered twice
			t.Error(err)
		}
		ask()
	}}
	if err := late.WithdrawNow(ctx, 1); err != nil {
		t.Error(err)
	}
	if l, err := lists.Get(ctx, r.cem, 1); err != nil || !l.Leaving() {
		t.Errorf("the list is %s, refused by %+v: %v", l.State, l.Failure, err)
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'list_withdrawal_refused'"); n != 1 {
		t.Errorf("%d entries say that it stays", n)
	}
}

// refusing does something once a withdrawal was refused.
type refusing struct {
	postgres.ListStore
	then func()
}

func (s refusing) Withdraw(ctx context.Context, l intake.List, finish func(intake.Tx, int64, time.Time) error) error {
	err := s.ListStore.Withdraw(ctx, l, finish)
	s.then()
	return err
}

// A send hangs on the lists of its own people alone, and who was told is known
// as soon as it was.
func TestASendHangsOnTheListsOfItsPeople(t *testing.T) {
	r := newPlanRig(t, 20)
	s := r.sending(r.settings())
	r.listed(2, 0)
	r.exec("INSERT INTO recipient (incident_no, recipient_no, proof_digest) VALUES ($1, 21, sha256('later'))", int64(r.incident))
	r.exec("INSERT INTO list_row (incident_no, list_no, row_no, line, recipient_no, cells, attributes) VALUES ($1, 2, 1, 1, 21, '', '{}')", int64(r.incident))
	hanging := func(list id.List) intake.Hanging {
		t.Helper()
		h, err := postgres.ListStore{DB: r.db.DB}.Hanging(context.Background(), intake.List{ID: list, Incident: r.incident})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if h := hanging(2); h.People != 1 || h.Only != 1 || len(h.Sends) != 0 {
		t.Errorf("of the other list: %+v", h)
	}
	if h := hanging(1); h.People != 20 || h.Told != 0 || len(h.Sends) != 1 {
		t.Errorf("before anybody was told: %+v", h)
	}
	b, found := s.claim(delivery.Want{Most: 512})
	if !found {
		t.Fatal("nothing to claim")
	}
	s.answerAll(b, took)
	if h := hanging(1); h.Told != 19 {
		t.Errorf("%d of 19 were told", h.Told)
	}
	if h := hanging(2); h.Told != 0 {
		t.Errorf("of the other list %d were told", h.Told)
	}
}

// However many people a withdrawn list has left behind, they are found by a join:
// compared with everybody one by one, a million of them kept every page waiting.
func TestWhomNoListHasIsNotLookedThroughForEachPerson(t *testing.T) {
	const people = 10000
	r := newPlanRig(t, 5)
	r.exec("INSERT INTO recipient (incident_no, recipient_no, proof_digest) SELECT $1, n, '\\x00' FROM generate_series(6, 2 * $2::bigint) n", int64(r.incident), people)
	r.listed(2, 1)
	for list, from := range []int{6, people + 1} {
		r.exec("INSERT INTO list_row (incident_no, list_no, row_no, line, recipient_no, cells, attributes) SELECT $1, $2, n, n, n, '', '{}' FROM generate_series($3::bigint, ($2::bigint) * $4::bigint) n",
			int64(r.incident), list+1, from, people)
	}
	r.exec(withdrawFirst)
	ctx := context.Background()
	for name, query := range postgres.WithdrawnForTest() {
		args := []any{int64(r.incident)}
		if strings.Contains(query, "$2") {
			args = append(args, []string{"accepted", "excluded"})
		}
		for _, sql := range []string{"ANALYZE recipient, list_row, list", "SET work_mem = '64kB'"} {
			if _, err := r.owner.Exec(ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
		if n := ranOn(t, r.owner, query, args).handled(); n > 40*people {
			t.Errorf("%s: %.0f rows in hand for %d people", name, n, 2*people)
		}
	}
}
