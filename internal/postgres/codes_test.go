package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/codes"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
	"forthwith/internal/suppression"
)

func (r *planRig) codes() codes.Service { return codes.Service{Store: postgres.CodeStore{DB: r.db.DB}} }

// ofCodes is a file as it comes from the wire.
func ofCodes(name, text string) codes.Upload {
	return codes.Upload{Content: strings.NewReader(text), Name: func() (string, error) { return name, nil }}
}

// codeLines are n codes of a pool, from a number on.
func codeLines(pool string, from, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s-%04d\r\n", strings.ToUpper(pool), from+i)
	}
	return b.String()
}

func (r *planRig) pool(name string, n int) codes.Pool {
	r.t.Helper()
	p, err := r.codes().Create(context.Background(), r.cem, r.incident, ofCodes(name, codeLines(name, 1, n)))
	if err != nil {
		r.t.Fatal(err)
	}
	return p
}

// stands demands how a pool stands, and that its figures are its rows'.
func (r *planRig) stands(no id.Pool, total, used int64) {
	r.t.Helper()
	p, err := r.codes().Get(context.Background(), r.auditor(), no)
	if err != nil {
		r.t.Fatal(err)
	}
	rows, grants := r.number("SELECT count(*) FROM pool_code WHERE pool_no = $1", int64(no)), r.number("SELECT count(DISTINCT (recipient_no, code_no)) FROM pool_grant WHERE pool_no = $1", int64(no))
	brought := r.number("SELECT sum(codes) FROM pool_file WHERE pool_no = $1", int64(no))
	if p.Total != total || p.Used != used || p.Left() != total-used || rows != total || brought != total || grants != used {
		r.t.Errorf("%s: %d = %d + %d, with %d codes of %d and %d grants, want %d and %d used", p.Name, p.Total, p.Used, p.Left(), rows, brought, grants, total, used)
	}
}

func (r *planRig) auditor() access.Actor { return access.Actor{User: r.ada.User, Role: access.Auditor} }

// holders are who holds which code of a pool, by their numbers.
func (r *planRig) holders(no id.Pool) map[int64]int64 {
	r.t.Helper()
	rows, err := r.app.Query(context.Background(), "SELECT recipient_no, code_no FROM pool_grant WHERE pool_no = $1", int64(no))
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	all := map[int64]int64{}
	for rows.Next() {
		var who, what int64
		if err := rows.Scan(&who, &what); err != nil {
			r.t.Fatal(err)
		}
		all[who] = what
	}
	return all
}

// some makes a frozen cohort of those from one number to another.
func (r *planRig) some(from, to int) id.Cohort {
	r.t.Helper()
	no := r.number(`INSERT INTO cohort (incident_no, name, kind, precedence, rule, created_by) VALUES ($1, 'Some ' || clock_timestamp(), 'first', (SELECT max(precedence) + 1 FROM cohort), '{"list":"lst_1"}', $2) RETURNING cohort_no`, int64(r.incident), int64(r.cem.User))
	r.memberTable(no)
	r.exec("INSERT INTO cohort_member (incident_no, cohort_no, seq, recipient_no) SELECT $1, $2, n - $3::bigint + 1, n FROM generate_series($3::bigint, $4::bigint) n", int64(r.incident), no, from, to)
	r.exec("UPDATE cohort SET state = 'frozen', size = $2, resolved_size = $2, root = sha256('root'), frozen_at = now() WHERE cohort_no = $1", no, to-from+1)
	return id.Cohort(no)
}

func found(c campaign.Campaign, code string) campaign.Finding {
	for _, f := range c.Preflight.Blocking {
		if f.Code == code {
			return f
		}
	}
	return campaign.Finding{}
}

func TestEverybodyWhoIsSentToGetsOneCodeForEver(t *testing.T) {
	r := newPlanRig(t, 10)
	p := r.pool("monitoring", 20)
	r.stands(p.ID, 20, 0)
	r.text("Enrol with {{code.monitoring}}.")
	r.excluded(r.ada, cohort.Deceased, 3)
	c := r.checked()
	if !c.Preflight.OK {
		t.Fatalf("%+v", c.Preflight.Blocking)
	}
	want := map[int64]int64{1: 1, 2: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8} // 3 is excluded, 10 has no address
	if got := r.holders(p.ID); !sameHolders(got, want) {
		t.Errorf("handed out %v, want %v", got, want)
	}
	r.stands(p.ID, 20, 8)
	r.check(c.ID) // once more
	s := r.settings()
	s.Name = "Another campaign"
	r.checkedAs(s)
	if got := r.holders(p.ID); !sameHolders(got, want) {
		t.Errorf("another preflight handed out %v, want %v", got, want)
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'codes_handed_out'"); n != 1 {
		t.Errorf("%d entries of codes handed out, want one: only the first preflight did", n)
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb IN ('code_pool_created', 'codes_added') AND object = $1", p.ID.String()); n != 2 {
		t.Errorf("%d entries of the pool, want 2", n)
	}
}

func sameHolders(a, b map[int64]int64) bool {
	if len(a) != len(b) {
		return false
	}
	for who, what := range a {
		if b[who] != what {
			return false
		}
	}
	return true
}

func TestAPoolThatIsShortHandsNothingOut(t *testing.T) {
	r := newPlanRig(t, 600) // two blocks; 599 have an address
	p := r.pool("monitoring", 550)
	r.text("Enrol with {{code.monitoring}}.")
	c := r.checked()
	f := found(c, "codes_short")
	if c.Preflight.OK || len(c.Preflight.Blocking) != 1 || f.People != 599 || fmt.Sprint(f.Values["left"], f.Values["missing"]) != "550 49" {
		t.Errorf("%+v", c.Preflight.Blocking)
	}
	r.stands(p.ID, 550, 0)
	if _, err := r.codes().Add(context.Background(), r.cem, p.ID, ofCodes("", codeLines("more", 1, 49))); err != nil {
		t.Fatal(err)
	}
	if c = r.check(c.ID); !c.Preflight.OK {
		t.Errorf("topped up, and still %+v", c.Preflight.Blocking)
	}
	r.stands(p.ID, 599, 599)
}

func TestAPreflightThatFailsOrDiesHandsNothingOut(t *testing.T) {
	r := newPlanRig(t, 600)
	p := r.pool("monitoring", 700)
	r.text("Enrol with {{code.monitoring}} within {{offer.months}} months.") // which nobody has said
	if c := r.checked(); c.Preflight.OK || found(c, "fact_missing").Code == "" || found(c, "codes_short").Code != "" {
		t.Errorf("%+v", c.Preflight.Blocking)
	}
	r.stands(p.ID, 700, 0)
	r.text("Enrol with {{code.monitoring}}.")
	s := r.settings()
	s.Name = "Killed"
	c, err := r.service.Create(context.Background(), r.cem, r.incident, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.StartPreflight(context.Background(), r.cem, c.ID); err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(context.Background())
	if err := (campaign.Checker{Store: r.store, Bench: &interrupted{CampaignStore: r.store, then: kill}, Gates: r.checker.Gates}).Run(ctx, c.ID); err == nil {
		t.Fatal("a preflight that was killed ends well")
	}
	r.stands(p.ID, 700, 0)
	if err := r.checker.Run(context.Background(), c.ID); err != nil || !r.get(c.ID).Preflight.OK {
		t.Fatalf("the next run: %v %+v", err, r.get(c.ID).Preflight.Blocking)
	}
	r.stands(p.ID, 700, 599)
}

// A file for a pool waits for the preflight that hands its codes out, which takes
// as long as its people are many. Nobody else does.
func TestAFileThatWaitsForAPreflightKeepsNobody(t *testing.T) {
	r := newPlanRig(t, 600)
	ctx := context.Background()
	p := r.pool("monitoring", 700)
	r.text("Enrol with {{code.monitoring}}.")
	c, err := r.service.Create(ctx, r.cem, r.incident, r.settings())
	if err == nil {
		_, err = r.service.StartPreflight(ctx, r.cem, c.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	added := make(chan error, 1)
	busy := &interrupted{CampaignStore: r.store, then: func() {
		go func() {
			_, err := r.codes().Add(ctx, r.cem, p.ID, ofCodes("", codeLines("later", 1, 10)))
			added <- err
		}()
		r.waits(1)
		short, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		whom := cohort.Exclude{People: []id.Recipient{{Parent: int64(r.incident), No: 1}}, Kind: cohort.Deceased, Reason: "told by the family"}
		if _, err := r.exclusions().Exclude(short, r.ada, r.incident, whom); err != nil {
			t.Errorf("an exclusion waits: %v", err)
		}
	}}
	if err := (campaign.Checker{Store: r.store, Bench: busy, Gates: r.checker.Gates}).Run(ctx, c.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-added; err != nil {
		t.Error(err)
	}
	r.stands(p.ID, 710, 599)
}

// waits returns once so many statements wait for a lock.
func (r *planRig) waits(n int64) {
	r.t.Helper()
	for r.number("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") < n {
		if r.t.Failed() {
			r.t.FailNow()
		}
	}
}

func TestTwoPreflightsAtOnceNeverHandOneCodeToTwoPeople(t *testing.T) {
	r := newPlanRig(t, 602)
	p := r.pool("monitoring", 1000)
	r.text("Enrol with {{code.monitoring}}.")
	var all []id.Campaign
	for n, c := range []id.Cohort{r.some(1, 400), r.some(200, 601), r.some(1, 601)} { // they share people
		s := r.settings()
		s.Cohort, s.Name = c, fmt.Sprint("At once ", n)
		made, err := r.service.Create(context.Background(), r.cem, r.incident, s)
		if err == nil {
			_, err = r.service.StartPreflight(context.Background(), r.cem, made.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, made.ID)
	}
	var wait sync.WaitGroup
	for _, no := range all {
		wait.Go(func() {
			if err := r.checker.Run(context.Background(), no); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, no := range all {
		if c := r.get(no); !c.Preflight.OK {
			t.Errorf("%s: %+v", no, c.Preflight.Blocking)
		}
	}
	r.stands(p.ID, 1000, 601)
	for _, no := range all {
		r.lettersTell(no, "monitoring")
	}
}

// lettersTell makes the letters of a plan as a worker does, and demands that each
// is what the manifest has, with its person's code and nobody else's.
func (r *planRig) lettersTell(no id.Campaign, pools ...string) {
	r.t.Helper()
	ctx := context.Background()
	doc, _, err := r.service.Plan(ctx, r.cem, no)
	if err != nil {
		r.t.Fatal(err)
	}
	plan, err := campaign.ReadPlan(doc)
	if err != nil {
		r.t.Fatal(err)
	}
	keys, codes, err := r.store.Keys(ctx, r.incident)
	if err != nil {
		r.t.Fatal(err)
	}
	press, err := campaign.NewPress(int64(no), plan.Text, plan.Told(), keys, codes)
	if err != nil {
		r.t.Fatal(err)
	}
	rows, err := r.app.Query(ctx, "SELECT seq, recipient_no, variant_no, leaf FROM delivery WHERE campaign_no = $1 AND status = 'pending' ORDER BY seq", int64(no))
	if err != nil {
		r.t.Fatal(err)
	}
	type line struct {
		seq, who int64
		variant  int
		leaf     []byte
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (l line, err error) {
		return l, row.Scan(&l.seq, &l.who, &l.variant, &l.leaf)
	})
	if err != nil {
		r.t.Fatal(err)
	}
	holders := map[string]map[int64]int64{}
	for _, pool := range pools {
		holders[pool] = r.holders(id.Pool(r.number("SELECT pool_no FROM code_pool WHERE name = $1", pool)))
	}
	numbers := make([]int64, len(lines))
	for i, l := range lines {
		numbers[i] = l.who
	}
	people, err := r.db.People(ctx, int64(r.incident), numbers, intake.Wanted{Fields: press.Fields(), Lists: plan.Lists})
	if err != nil {
		r.t.Fatal(err)
	}
	told := map[string]int64{}
	for i, l := range lines {
		seq, who, variant, leaf := l.seq, l.who, l.variant, l.leaf
		e, err := press.Entry(seq, people[i], variant)
		if err != nil {
			r.t.Fatal(err)
		}
		if string(e.Leaf[:]) != string(leaf) {
			r.t.Errorf("the letter of delivery %d is not what its plan has", seq)
		}
		letter, err := press.Text(variant).Render(press.Dated(e, plan.PreflightAt))
		if err != nil {
			r.t.Fatal(err)
		}
		for _, pool := range pools {
			n := holders[pool][who]
			code := fmt.Sprintf("%s-%04d", strings.ToUpper(pool), n)
			if n == 0 || strings.Count(letter.Text, code) != 1 || strings.Count(letter.Text, strings.ToUpper(pool)+"-") != 1 {
				r.t.Errorf("recipient %d holds code %d of %s and is told %q", who, n, pool, letter.Text)
			}
			if other, twice := told[code]; twice {
				r.t.Errorf("recipients %d and %d are told the same code", other, who)
			}
			told[code] = who
		}
	}
}

// A variant that asks for no code costs none, and a code that its people get in
// another campaign later changes no letter of this one.
func TestACodeThatCameLaterChangesNoLetter(t *testing.T) {
	r := newPlanRig(t, 6)
	p := r.pool("monitoring", 20)
	r.exec("UPDATE recipient SET jurisdictions = '{US-NY}' WHERE recipient_no IN (2, 4)")
	r.variants(notice.Source{Locale: "en", Jurisdictions: []string{"US-NY"}, Subject: "A notice", Body: "Nothing to enrol in."},
		notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: "A notice", Body: "Enrol with {{code.monitoring}}."})
	first := r.checked()
	r.stands(p.ID, 20, 3)
	r.text("Enrol with {{code.monitoring}}.")
	s := r.settings()
	s.Name = "Everybody"
	if second := r.checkedAs(s); !second.Preflight.OK {
		t.Fatalf("%+v", second.Preflight.Blocking)
	}
	r.stands(p.ID, 20, 5)
	r.lettersTell(first.ID)
}

func TestLaunchIsRefusedWhileSomebodyHoldsNoCode(t *testing.T) {
	r := newPlanRig(t, 10)
	p := r.pool("monitoring", 20)
	r.text("Enrol with {{code.monitoring}}.")
	c := r.approved()
	owner := func(sql string) {
		t.Helper()
		if _, err := r.owner.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.owner.Exec(context.Background(), "DELETE FROM pool_grant"); !isConstraint(err, "evidence_insert_only") {
		t.Fatalf("what was handed out goes: %v", err)
	}
	owner("CREATE TABLE was AS SELECT * FROM pool_grant WHERE recipient_no = 4")
	partition := fmt.Sprintf("pool_grant_%d", r.incident)
	owner("ALTER TABLE " + partition + " DISABLE TRIGGER ALL")
	owner("DELETE FROM " + partition + " WHERE recipient_no = 4")
	if err := r.launch(c, r.gil); !fault.Is(err, "launch_without_codes") || fault.KindOf(err) != fault.Conflict {
		t.Errorf("launched without a code: %v", err)
	}
	if after := r.get(c.ID); after.State != campaign.Approved || after.PlanHash != c.PlanHash {
		t.Errorf("the plan is void: %s", after.State)
	}
	owner("INSERT INTO pool_grant SELECT * FROM was")
	if err := r.launch(c, r.gil); err != nil {
		t.Errorf("with every code there: %v", err)
	}
	r.stands(p.ID, 20, 9)
}

func TestAFieldOfAPoolThatIsNotThereIsRefused(t *testing.T) {
	r := newPlanRig(t, 4)
	r.pool("monitoring", 20)
	r.text("Enrol with {{code.monitorin}}.")
	c := r.checked()
	if f := found(c, "pool_unknown"); c.Preflight.OK || len(c.Preflight.Blocking) != 1 || f.Values["like"] != "monitoring" {
		t.Errorf("%+v", c.Preflight.Blocking)
	}
	notices := notice.Service{Store: postgres.NoticeStore{DB: r.db.DB}, Scene: postgres.NoticeStore{DB: r.db.DB}}
	n, err := notices.Create(context.Background(), r.bo, r.incident, "Enrol")
	if err != nil {
		t.Fatal(err)
	}
	submit := func(body string) error {
		v, err := notices.Save(context.Background(), r.bo, n.ID, 0, notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Subject: "A notice", Body: body}}})
		if err == nil {
			r.version = int64(v.ID)
			r.answerAll()
			_, err = notices.Submit(context.Background(), r.bo, v.ID, v.SHA256, "")
		}
		return err
	}
	refused, ok := fault.As(submit("Enrol with {{code.monitorin}}."))
	if !ok || refused.Code != "field_no_pool" || refused.Values["like"] != "monitoring" {
		t.Errorf("submitted: %+v", refused)
	}
	if err := submit("Enrol with {{code.monitoring}}."); err != nil {
		t.Error(err)
	}
}

// A preview tells somebody's own code and no other; a person who is made up, and
// one who holds none, is told a sample that says so.
func TestAPreviewTellsNobodyElsesCode(t *testing.T) {
	r := newPlanRig(t, 4)
	r.pool("monitoring", 20)
	r.text("Enrol with {{code.monitoring}}.")
	r.excluded(r.ada, cohort.Deceased, 2)
	c := r.checked()
	notices := notice.Service{Store: postgres.NoticeStore{DB: r.db.DB}, Scene: postgres.NoticeStore{DB: r.db.DB}}
	for who, want := range map[int64]string{0: "[sample code.monitoring]", 1: "MONITORING-0001", 2: "[sample code.monitoring]", 3: "MONITORING-0002"} {
		shown, err := notices.Preview(context.Background(), r.bo, id.Version(r.version), notice.Someone{Person: id.Recipient{Parent: int64(r.incident), No: who}}, 0)
		if err != nil || !strings.Contains(shown.Message.Text, "Enrol with "+want+".") {
			t.Errorf("%d is shown %q: %v", who, shown.Message.Text, err)
		}
	}
	m, err := r.store.Material(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, told := m.Text.Sample(m.Facts, time.Now()); told["code.monitoring"][0] != "[sample code.monitoring]" { // what a test send tells staff
		t.Errorf("a test tells %q", told["code.monitoring"])
	}
}

func TestWhatAFileOfCodesIsRefusedFor(t *testing.T) {
	r := newPlanRig(t, 4)
	ctx := context.Background()
	p := r.pool("monitoring", 3)
	for name, c := range map[string]struct {
		by         access.Actor
		name, text string
		code       string
	}{
		"legal":               {r.ada, "other", "A-1\n", "role_may_not"},
		"the same name":       {r.cem, "monitoring", "A-1\n", "pool_name_taken"},
		"a name with capital": {r.cem, "Monitoring", "A-1\n", "pool_name_form"},
		"no name":             {r.cem, " ", "A-1\n", "field_missing"},
		"no codes":            {r.cem, "other", "\n \r\n", "code_file_empty"},
		"a code twice":        {r.cem, "other", "A-1\nA-2\n\nA-1\n", "code_twice"},
	} {
		_, err := r.codes().Create(ctx, c.by, r.incident, ofCodes(c.name, c.text))
		if !fault.Is(err, c.code) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := r.codes().Add(ctx, r.cem, p.ID, ofCodes("", "NEW-1\nMONITORING-0003\nMONITORING-0001\n"))
	if f, ok := fault.As(err); !ok || f.Code != "code_in_pool" || f.Fields[0].Values["line"] != 2 {
		t.Errorf("a code that the pool has: %+v", err)
	}
	if _, err := r.codes().Add(ctx, r.cem, 99, ofCodes("", "A\n")); !fault.Is(err, "no_such_pool") {
		t.Errorf("a pool that is not there: %v", err)
	}
	r.stands(p.ID, 3, 0)
	if n := r.number("SELECT count(*) FROM code_pool"); n != 1 {
		t.Errorf("%d pools", n)
	}
	if _, err := r.codes().Create(ctx, r.cem, r.incident, ofCodes("other", "MONITORING-0003\n")); err != nil {
		t.Errorf("another pool may have the same text: %v", err)
	}
}

// A code stands in no table in the clear, and in no refusal.
func TestCodesAreSealed(t *testing.T) {
	r := newPlanRig(t, 4)
	p := r.pool("monitoring", 20)
	r.text("Enrol with {{code.monitoring}}.")
	r.approved()
	if _, err := r.codes().Add(context.Background(), r.cem, p.ID, ofCodes("", "SECRET-1\nSECRET-1")); strings.Contains(fmt.Sprint(err, errors.Unwrap(err)), "SECRET") {
		t.Errorf("%v", err)
	}
	rows, err := r.app.Query(context.Background(), "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if n := r.number(fmt.Sprintf("SELECT count(*) FROM %q x WHERE x::text LIKE '%%MONITORING-%%' OR x::text LIKE '%%4d4f4e49544f52494e472d%%'", table)); n != 0 { // the same in hexadecimal digits
			t.Errorf("%d rows of %s have a code in the clear", n, table)
		}
	}
	if !slices.Contains(tables, "pool_code") || !slices.Contains(tables, "ledger_entry") {
		t.Errorf("looked into %v", tables)
	}
}

// TestCodesAddUp has pools filled and campaigns checked in any order: whoever got
// a code keeps it, no two hold one, and what a pool says is what its rows say.
func TestCodesAddUp(t *testing.T) {
	r := newPlanRig(t, 13) // 12 have an address
	round, examples := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if examples++; examples > 12 { // each costs some preflights
			return
		}
		round++
		name := fmt.Sprintf("pool%d", round)
		have := rapid.IntRange(1, 8).Draw(rt, "codes")
		p := r.pool(name, have)
		r.text("Enrol with {{code." + name + "}}.")
		held := map[int64]int64{}
		for step := range rapid.IntRange(1, 4).Draw(rt, "steps") {
			if rapid.IntRange(0, 2).Draw(rt, "what") == 0 {
				more := rapid.IntRange(1, 5).Draw(rt, "more")
				if _, err := r.codes().Add(context.Background(), r.cem, p.ID, ofCodes("", codeLines(name, have+1, more))); err != nil {
					rt.Fatal(err)
				}
				have += more
			}
			from := rapid.IntRange(1, 12).Draw(rt, "from")
			to := rapid.IntRange(from, 12).Draw(rt, "to")
			need := 0
			for who := from; who <= to; who++ {
				if held[int64(who)] == 0 {
					need++
				}
			}
			s := r.settings()
			s.Cohort, s.Name = r.some(from, to), fmt.Sprint(name, " ", step)
			c := r.checkedAs(s)
			short := need > have-len(held)
			if c.Preflight.OK == short || short && found(c, "codes_short").Values["missing"] != int64(need-have+len(held)) && fmt.Sprint(found(c, "codes_short").Values["missing"]) != fmt.Sprint(need-have+len(held)) {
				rt.Fatalf("%d of %d codes are held, %d need one: %+v", len(held), have, need, c.Preflight.Blocking)
			}
			now := r.holders(p.ID)
			for who, what := range held {
				if now[who] != what {
					rt.Fatalf("%d held code %d and holds %d", who, what, now[who])
				}
			}
			if !short {
				for who := from; who <= to; who++ {
					if now[int64(who)] == 0 {
						rt.Fatalf("%d is sent to without a code", who)
					}
				}
				r.lettersTell(c.ID, name)
			}
			if wanted := len(held) + need; !short && len(now) != wanted || short && len(now) != len(held) {
				rt.Fatalf("%d hold a code, want %d", len(now), wanted)
			}
			held = now
			r.stands(p.ID, int64(have), int64(len(held)))
			if t.Failed() {
				rt.FailNow()
			}
		}
	})
}

// A transaction that the database asks for once more counts nobody twice.
func TestAPreflightThatRunsAgainCountsEverybodyOnce(t *testing.T) {
	r := newPlanRig(t, 10)
	p := r.pool("monitoring", 20)
	r.text("Enrol with {{code.monitoring}}.")
	c, err := r.service.Create(context.Background(), r.cem, r.incident, r.settings())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.service.StartPreflight(context.Background(), r.cem, c.ID); err != nil {
		t.Fatal(err)
	}
	if err := (campaign.Checker{Store: r.store, Bench: &shaken{CampaignStore: r.store}, Gates: r.checker.Gates}).Run(context.Background(), c.ID); err != nil {
		t.Fatal(err)
	}
	r.counted(c.ID, 9, 0)
	r.stands(p.ID, 20, 9)
	r.lettersTell(c.ID, "monitoring")
}

// shaken fails a preflight at its first end, as two that wait for each other do.
type shaken struct {
	postgres.CampaignStore
	ends int
}

func (s *shaken) Prepare(ctx context.Context, c campaign.Campaign, want campaign.Wanted, press func(campaign.Chunk) ([]campaign.Prepared, campaign.Block, error), end func(campaign.EndTx) error) error {
	return s.CampaignStore.Prepare(ctx, c, want, press, func(tx campaign.EndTx) error {
		if s.ends++; s.ends == 1 {
			return &pgconn.PgError{Code: "40P01"}
		}
		return end(tx)
	})
}

// Whoever is suppressed gets no code: not while nobody has decided, and not once
// they are told another way.
func TestWhoIsSuppressedGetsNoCode(t *testing.T) {
	r := newPlanRig(t, 6)
	p := r.pool("monitoring", 20)
	r.text("Enrol with {{code.monitoring}}.")
	r.suppress("p2@example.com")
	r.suppress("p3@example.com")
	c := r.checked()
	if blocks(c)["people_undecided"] != 2 {
		t.Fatalf("%+v", c.Preflight.Blocking)
	}
	r.stands(p.ID, 20, 0)
	r.decide(c.ID, suppression.OtherChannel, 2)
	r.decide(c.ID, suppression.Send, 3)
	if c = r.check(c.ID); !c.Preflight.OK {
		t.Fatalf("%+v", c.Preflight.Blocking)
	}
	if got := r.holders(p.ID); !sameHolders(got, map[int64]int64{1: 1, 3: 2, 4: 3, 5: 4}) {
		t.Errorf("handed out %v", got)
	}
}
