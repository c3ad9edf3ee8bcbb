package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/delivery"
	"forthwith/internal/evidence"
	"forthwith/internal/id"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// gateRules are rules that "yes" opens for whoever no list says "no" of.
var gateRules = []string{
	`{"attribute":"secured","op":"eq","value":"yes"}`,
	`{"attribute":"secured","op":"exists"}`,
	`{"not":{"attribute":"secured","op":"eq","value":"no"}}`,
	`{"all":[{"attribute":"secured","op":"exists"},{"not":{"attribute":"secured","op":"eq","value":"no"}}]}`,
}

// gatesRun is one random life of a campaign with gates.
type gatesRun struct {
	*sending
	rig    *gateRig
	rt     *rapid.T
	people int
	lists  map[int]string // standing ones, and what they say
	next   int
	claims []*handClaim
	hand   []handed
}

// handClaim is a claimed batch, with whom nothing was announced of yet.
type handClaim struct {
	delivery.Batch
	rest, open int
}

// handed is an attempt that waits for its answer.
type handed struct {
	delivery.Claimed
	of *handClaim
}

// TestNobodyIsMailedBehindAGateOrLost lets everything come in any order that
// moves people between waiting, held and told.
func TestNobodyIsMailedBehindAGateOrLost(t *testing.T) {
	examples(t, "14")
	rapid.Check(t, func(rt *rapid.T) {
		g := newGatesRun(t, rt)
		steps := map[string]func(){"tell": g.told, "withdraw": g.withdraw, "review": g.reviewed, "exclude": g.exclude, "claim": g.claimSome, "announce": g.announce,
			"answer": g.answer, "pause": g.pause, "gather": g.gather, "resolve": g.resolve, "die": g.die}
		often := []string{"tell", "tell", "withdraw", "review", "review", "review", "exclude", "claim", "claim", "claim", "announce", "announce", "announce", "answer", "answer", "answer", "pause", "gather", "gather", "resolve", "die"}
		g.holds("launch")
		for range rapid.IntRange(20, 50).Draw(rt, "steps") {
			name := rapid.SampledFrom(often).Draw(rt, "step")
			steps[name]()
			g.holds(name)
		}
		g.drain()
	})
}

func newGatesRun(t *testing.T, rt *rapid.T) *gatesRun {
	r := newGateRig(t, 9)
	r.lift()
	for _, text := range rapid.SliceOfN(rapid.SampledFrom(gateRules), 1, 2).Draw(rt, "rules") {
		d := r.secured()
		d.Rule = rule(t, text)
		if _, err := r.gates.Create(context.Background(), r.cem, r.incident, d); err != nil {
			rt.Fatal(err)
		}
	}
	r.tell(2, "yes", 1) // one at least, or nothing is launched
	return &gatesRun{sending: r.sending(r.settings()), rig: r, rt: rt, people: 8, lists: map[int]string{2: "yes"}, next: 3}
}

func (g *gatesRun) told() {
	says := rapid.SampledFrom([]string{"yes", "no"}).Draw(g.rt, "says")
	g.list(says, rapid.SliceOfNDistinct(rapid.IntRange(1, g.people), 1, 5, rapid.ID[int]).Draw(g.rt, "people")...)
	if rapid.Bool().Draw(g.rt, "at once") {
		g.rig.review()
	}
}

func (g *gatesRun) list(says string, people ...int) {
	g.rig.importing(g.next, says, people...)
	g.lists[g.next] = says
	g.next++
}

func (g *gatesRun) withdraw() {
	if len(g.lists) > 0 {
		no := rapid.SampledFrom(sortedKeys(g.lists)).Draw(g.rt, "list")
		g.rig.take(no)
		delete(g.lists, no)
	}
}

func sortedKeys(m map[int]string) (all []int) {
	for no := range m {
		all = append(all, no)
	}
	slices.Sort(all)
	return all
}

func (g *gatesRun) reviewed() { g.rig.review() }

func (g *gatesRun) exclude() {
	if rapid.IntRange(0, 2).Draw(g.rt, "spare") > 0 {
		return // or soon nobody is left
	}
	who := rapid.IntRange(1, g.people).Draw(g.rt, "person")
	_, err := cohort.Exclusions{Store: postgres.ExclusionStore{DB: g.db.DB}}.Exclude(context.Background(), g.ada, g.incident,
		cohort.Exclude{People: []id.Recipient{{Parent: int64(g.incident), No: int64(who)}}, Kind: cohort.CounselDecision, Reason: "Counsel decided so"})
	if err != nil {
		g.rt.Fatal(err)
	}
}

func (g *gatesRun) claimSome() {
	if b, ok := g.claim(delivery.Want{Most: rapid.IntRange(1, 4).Draw(g.rt, "most")}); ok {
		c := &handClaim{Batch: b, rest: len(b.People)}
		g.claims = append(g.claims, c)
		if c.rest == 0 {
			g.commit(delivery.Group{}, c)
		}
	}
}

func (g *gatesRun) commit(group delivery.Group, c *handClaim) []bool {
	if c.rest == 0 && c.open == 0 {
		group.Finished = []delivery.Claim{{Batch: c.No, Fence: c.Fence}}
		g.claims = slices.DeleteFunc(g.claims, func(o *handClaim) bool { return o == c })
	}
	g.groups++
	group.Campaign, group.Incident, group.Worker, group.No, group.At = int64(g.campaign.ID), int64(g.incident), g.worker, g.groups, c.Now
	granted, err := g.store.Commit(context.Background(), group)
	if err != nil {
		g.rt.Fatal(err)
	}
	return granted
}

// announce asks for an intent of the next person of a claim.
func (g *gatesRun) announce() {
	if len(g.claims) == 0 {
		return
	}
	c := rapid.SampledFrom(g.claims).Draw(g.rt, "claim")
	if c.rest == 0 {
		return
	}
	p := c.People[len(c.People)-c.rest]
	before := g.reckoned()[p.Seq]
	c.rest--
	granted := g.commit(delivery.Group{Intents: []delivery.Intent{{Seq: p.Seq, Attempt: p.Attempt, Batch: c.No, Fence: c.Fence, Relay: delivery.Relay{No: g.relay, Revision: 1}, Date: c.Now}}}, c)
	if !granted[0] {
		return
	}
	if before != outcome.Pending && before != outcome.Deferred {
		g.rt.Fatalf("%d was %s and got an intent", p.Seq, before)
	}
	if c.open++; !slices.Contains(g.claims, c) {
		g.claims = append(g.claims, c)
	}
	g.hand = append(g.hand, handed{p, c})
}

func (g *gatesRun) answer() {
	if len(g.hand) == 0 {
		return
	}
	i := rapid.IntRange(0, len(g.hand)-1).Draw(g.rt, "of")
	g.end(i, rapid.SampledFrom([]outcome.Reply{took(0), {Phase: outcome.PhaseRcpt, Code: 451}, {Phase: outcome.PhaseRcpt, Code: 451}, refused(0), {Phase: outcome.PhaseDot, Lost: true}}).Draw(g.rt, "reply"))
}

// end commits the answer to an attempt.
func (g *gatesRun) end(i int, reply outcome.Reply) {
	h := g.hand[i]
	g.hand = slices.Delete(g.hand, i, i+1)
	h.of.open--
	o := delivery.Outcome{Seq: h.Seq, Attempt: h.Attempt, Relay: g.relay, Reply: reply}
	o.Ruling = delivery.Rule(reply, delivery.Facts{Claimed: h.Claimed, Relay: g.relay, Now: h.of.Now})
	g.commit(delivery.Group{Outcomes: []delivery.Outcome{o}}, h.of)
}

func (g *gatesRun) pause() {
	ctx, no := context.Background(), g.campaign.ID
	if g.get(no).State == campaign.Paused {
		if _, err := g.service.Resume(ctx, g.gil, no); err != nil {
			g.rt.Fatal(err)
		}
	} else if _, err := g.service.Pause(ctx, g.gil, no, "A look at it"); err != nil {
		g.rt.Fatal(err)
	}
}

func (g *gatesRun) gather() {
	g.exec("UPDATE delivery_open SET next_at = now() WHERE next_at IS NOT NULL")
	if _, err := g.store.Gather(context.Background()); err != nil {
		g.rt.Fatal(err)
	}
}

func (g *gatesRun) resolve() { g.rule(delivery.Resend) }

func (g *gatesRun) rule(as delivery.Resolution) {
	for seq, status := range g.reckoned() {
		if status == outcome.Indeterminate {
			desk := delivery.Desk{Store: postgres.ResolveStore{DB: g.db.DB}}
			if err := desk.Resolve(context.Background(), g.gil, id.Delivery{Parent: int64(g.campaign.ID), No: seq}, as, "Nobody knows"); err != nil {
				g.rt.Fatal(err)
			}
		}
	}
}

// die ends the worker with all it has in hand.
func (g *gatesRun) die() {
	ctx := context.Background()
	g.exec("UPDATE worker SET lease_until = '-infinity' WHERE ended_at IS NULL")
	_, err := g.store.Bury(ctx)
	if err == nil {
		g.worker, err = g.store.Enlist(ctx, "worker", time.Minute)
	}
	if err != nil {
		g.rt.Fatal(err)
	}
	g.claims, g.hand = nil, nil
}

// reckoned gives everybody's status by the record.
func (g *gatesRun) reckoned() map[int64]outcome.Status {
	all := map[int64]outcome.Status{}
	err := postgres.EvidenceStore{DB: g.db.DB}.Rows(context.Background(), g.campaign.ID, evidence.Masked, evidence.Filter{}, func(r evidence.Row) error {
		all[r.Delivery.No] = r.Status
		return nil
	})
	if err != nil {
		g.rt.Fatal(err)
	}
	return all
}

// holds holds what is true at any moment.
func (g *gatesRun) holds(after string) {
	ctx, no := context.Background(), int64(g.campaign.ID)
	record := g.reckoned()
	waiting := map[int64]bool{}
	for _, seq := range g.rig.waiting(g.campaign.ID) {
		waiting[seq] = true
	}
	rows, err := g.app.Query(ctx, "SELECT d.seq, d.status, coalesce(o.status, '') FROM delivery d LEFT JOIN delivery_open o USING (campaign_no, seq) WHERE campaign_no = $1", no)
	if err != nil {
		g.rt.Fatal(err)
	}
	defer rows.Close()
	counts := map[outcome.Status]int64{}
	for rows.Next() {
		var seq int64
		var cached, open outcome.Status
		if err := rows.Scan(&seq, &cached, &open); err != nil {
			g.rt.Fatal(err)
		}
		counts[cached]++
		is := record[seq]
		apart := cached != is
		if is == outcome.Sending { // the cache knows no attempt that is under way
			apart = cached != outcome.Pending && cached != outcome.Deferred
		}
		waits := is == outcome.Deferred || is == outcome.Held || is == outcome.Indeterminate
		if apart || is != outcome.Sending && waits != (open != "") || waits && open != is {
			g.rt.Fatalf("after %s, %d is %s by the record, %q in the cache and %q among the open ones", after, seq, is, cached, open)
		}
		if is == outcome.Pending && !waiting[seq] {
			g.rt.Fatalf("after %s, %d waits in no batch", after, seq)
		}
	}
	g.counted(after, counts)
}

func (g *gatesRun) counted(after string, rows map[outcome.Status]int64) {
	if n := g.number(postgres.SumsApart); n != 0 {
		g.rt.Fatalf("after %s, %d sums are not the count of their deliveries", after, n)
	}
	f, err := g.planRig.store.Figures(context.Background(), g.campaign.ID)
	if err != nil {
		g.rt.Fatal(err)
	}
	moving := []outcome.Status{outcome.Pending, outcome.Deferred, outcome.Sending}
	var shown, there int64
	for _, s := range moving {
		shown, there = shown+f.Counts[s], there+rows[s]
		delete(rows, s)
	}
	for s, n := range rows {
		if f.Counts[s] != n {
			g.rt.Fatalf("after %s, pages say %v, the rest of the rows are %v", after, f.Counts, rows)
		}
	}
	if shown != there {
		g.rt.Fatalf("after %s, pages say that %d move, %d do", after, shown, there)
	}
}

// drain lets everybody through, and expects that everybody is told.
func (g *gatesRun) drain() {
	for len(g.hand) > 0 {
		g.end(0, took(0))
	}
	g.die()
	if g.get(g.campaign.ID).State == campaign.Paused {
		g.pause()
	}
	for no, says := range g.lists {
		if says == "no" {
			g.rig.take(no)
		}
	}
	everybody := make([]int, g.people)
	for i := range everybody {
		everybody[i] = i + 1
	}
	g.list("yes", everybody...)
	g.rig.review()
	g.rule(delivery.TreatAsAccepted)
	for range 3 {
		g.gather()
		g.all(took)
	}
	g.holds("drain")
	if err := g.store.Conclude(context.Background()); err != nil {
		g.rt.Fatal(err)
	}
	if state := g.get(g.campaign.ID).State; state != campaign.Complete {
		g.rt.Fatalf("everybody was let through, and the campaign is %s: %s", state, fmt.Sprint(g.reckoned()))
	}
}
