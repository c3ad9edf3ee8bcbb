package campaign

import (
	"context"
	"errors"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/task"
	"forthwith/internal/vault"
)

// Prepared is one delivery as preflight writes it.
type Prepared struct {
	Seq       int64
	Recipient int64
	Variant   int
	Leaf      canon.Hash
	Code      vault.Index
	Status    string
	Ruling    Ruling // why the status is excluded or suppressed
}

// Block is a full or last block of the manifest.
type Block struct {
	No   int
	From int64
	To   int64
	Node canon.Hash
}

// Bench is where preflight works.
type Bench interface {
	Material(ctx context.Context, c Campaign) (Material, error)
	Keys(ctx context.Context, incident id.Incident) (*vault.Incident, *vault.Installation, error)
	// Prepare replaces the prepared rows of a campaign in one transaction: it
	// reads members in order, in blocks, has each block made, and commits with
	// what end gives. A cancelled or overtaken preflight leaves nothing.
	// Codes that it handed out go with it.
	Prepare(ctx context.Context, c Campaign, want Wanted, make func(Chunk) ([]Prepared, Block, error), end func(EndTx) error) error
	// Progress tells how many notices were made of how many.
	Progress(ctx context.Context, c Campaign, made, total int64)
	// Fail ends a preflight without a plan.
	Fail(ctx context.Context, c Campaign, found Preflight) error
}

// Chunk is a block of members, opened.
type Chunk struct {
	No      int
	First   int64 // seq of the first
	Rulings []Ruling
	Held    []bool // a gate is shut for them
	People  []intake.Person
	Total   int64
	Codes   Hander
}

// Wanted is what preflight reads of people, which pools of codes its text asks
// for, and the gates of its plan: members follow these, whatever is put up or taken
// away meanwhile.
type Wanted struct {
	People intake.Wanted
	Pools  []string
	Gates  []PlannedGate
}

// EndTx commits a preflight.
type EndTx interface {
	Tx
	InsertPlan(c Campaign, document []byte, plan canon.Hash, counts Counts, by id.User) error
}

// Checker runs preflights.
type Checker struct {
	Store Store
	Bench Bench
	Gates Gates
}

// Gates brings what is known about people up to date.
type Gates interface {
	Review(ctx context.Context, incident id.Incident) error
}

// Run makes every notice of a campaign once, and a plan when nothing stands
// against it. It may run twice: the second run finds the campaign in another
// state and does nothing.
func (k Checker) Run(ctx context.Context, no id.Campaign) error {
	c, err := k.Store.Campaign(ctx, no)
	if err != nil || c.State != Preflighting {
		return err
	}
	if err := k.Gates.Review(ctx, c.Incident); err != nil {
		return err
	}
	m, err := k.Bench.Material(ctx, c)
	if err != nil {
		return err
	}
	for range tries {
		w := &check{Checker: k, campaign: c, material: m, warnings: newFindings()}
		w.begin()
		if !m.Frozen {
			return k.Bench.Fail(ctx, c, w.found(time.Now()))
		}
		if err = w.run(ctx); !errors.Is(err, ErrSuppressedMeanwhile) {
			break
		}
	}
	return err
}

// tries is how often a preflight begins anew by itself.
const tries = 5

// ErrSuppressedMeanwhile means that a suppression came or went, or was decided
// about, while a preflight ran: it has to look again.
var ErrSuppressedMeanwhile = errors.New("suppressions changed while a plan was made")

// check is one run.
type check struct {
	Checker
	campaign Campaign
	material Material
	press    *Press
	blocking *findings
	warnings *findings
	counts   Counts
	nodes    []canon.Hash
	codes    map[string]*dealt
	at       time.Time
}

// begin forgets what was found so far: the transaction may run again.
func (w *check) begin() {
	w.blocking, w.nodes, w.codes = newFindings(), nil, map[string]*dealt{}
	w.counts = Counts{ByJurisdiction: map[string]int64{}, ByVariant: map[string]int64{}}
	w.material.check(w.blocking)
}

func (w *check) run(ctx context.Context) error {
	keys, codes, err := w.Bench.Keys(ctx, w.campaign.Incident)
	if err != nil {
		return err
	}
	if w.press, err = NewPress(int64(w.campaign.ID), w.material.Text, w.material.Facts, keys, codes); err != nil {
		return err
	}
	w.at = time.Now()
	want := Wanted{intake.Wanted{Fields: w.press.Listed(), Lists: w.material.Lists}, w.press.Pools(), w.material.Gates}
	err = w.Bench.Prepare(ctx, w.campaign, want, func(chunk Chunk) ([]Prepared, Block, error) {
		if chunk.No == 0 {
			w.begin()
		}
		rows, block, err := w.block(chunk)
		w.Bench.Progress(ctx, w.campaign, chunk.First-1+int64(len(rows)), chunk.Total)
		return rows, block, err
	}, w.end)
	if errors.Is(err, task.ErrRunsAlready) {
		return nil
	}
	if fault.Is(err, "preflight_blocked") {
		return w.Bench.Fail(ctx, w.campaign, w.found(w.at))
	}
	return err
}

// block makes the notices of one block.
func (w *check) block(chunk Chunk) ([]Prepared, Block, error) {
	if err := w.deal(chunk); err != nil {
		return nil, Block{}, err
	}
	rows := make([]Prepared, len(chunk.People))
	leaves := make([]canon.Hash, len(chunk.People))
	for i, person := range chunk.People {
		seq := chunk.First + int64(i)
		e, err := w.entry(seq, person, chunk.Rulings[i])
		if err != nil {
			return nil, Block{}, err
		}
		rows[i] = Prepared{Seq: seq, Recipient: person.Recipient, Variant: e.Variant, Leaf: e.Leaf, Code: e.Code, Status: string(w.count(person, e, chunk.Rulings[i], chunk.Held[i])), Ruling: chunk.Rulings[i]}
		leaves[i] = e.Leaf
	}
	node := Node(leaves)
	w.nodes = append(w.nodes, node)
	return rows, Block{No: chunk.No, From: chunk.First, To: chunk.First + int64(len(rows)) - 1, Node: node}, nil
}

// entry makes somebody's notice. Of those who get none nothing is asked: what
// they lack stands in nobody's way.
func (w *check) entry(seq int64, person intake.Person, r Ruling) (Entry, error) {
	if !r.none() {
		return w.press.Silent(seq, person)
	}
	if r.Undecided {
		w.blocking.add("", Finding{Code: "people_undecided"}, 1)
	}
	return w.press.try(seq, person, w.at, w.blocking)
}

// count sums up who gets what, and says with which status a delivery begins.
func (w *check) count(person intake.Person, e Entry, r Ruling, held bool) outcome.Status {
	w.counts.Individuals += max(person.Individuals, 1)
	for _, j := range person.Jurisdictions {
		w.counts.ByJurisdiction[j]++
	}
	switch {
	case person.Unaddressed:
		w.counts.Unaddressed++
		return outcome.Unaddressed
	case r.Kind == outcome.DecideSuppress:
		w.counts.Suppressed++
		return outcome.Suppressed
	case !r.none():
		w.counts.Excluded++
		return outcome.Excluded
	case e.Variant >= 0:
		w.counts.ByVariant[w.press.VariantName(e.Variant)]++
	}
	if held {
		w.counts.Held++
		return outcome.Held
	}
	w.counts.ToSend++
	return outcome.Pending
}

// errBlocked rolls the prepared rows back: there is no plan for them.
var errBlocked = fault.New(fault.Conflict, "preflight_blocked", nil)

// end seals the plan and makes the campaign ready.
func (w *check) end(tx EndTx) error {
	if w.counts.Planned() == 0 {
		w.blocking.add("", Finding{Code: "cohort_has_nobody"}, 0)
	}
	w.short()
	if len(w.blocking.byKey) > 0 {
		return errBlocked
	}
	c, err := tx.Lock(w.campaign.ID)
	if err != nil {
		return err
	}
	plan := w.material.plan(c, tx.Now(), Manifest{Root: ManifestRoot(w.nodes), ToSend: w.counts.Planned(), Unaddressed: w.counts.Unaddressed, Excluded: w.counts.Excluded, Suppressed: w.counts.Suppressed})
	document, sum, err := plan.Seal()
	if err != nil {
		return err
	}
	found := w.found(tx.Now())
	found.OK, found.PlanHash = true, sum
	found.Carrier = &Carrier{plan.Relays[0].MaxRatePerSecond, plan.Relays[0].WarmUp}
	if c, err = c.endPreflight(found); err != nil {
		return err
	}
	if err := tx.InsertPlan(c, document, sum, w.counts, c.Builders[len(c.Builders)-1]); err != nil {
		return err
	}
	if err := tx.Save(c); err != nil {
		return err
	}
	return tx.Record(ledger.New(access.System, ledger.PreflightDone, c.ID).In(int64(c.Incident)).With(map[string]any{"plan_no": c.PlanNo, "plan_sha256": sum, "counts": w.counts}))
}

func (w *check) found(at time.Time) Preflight {
	w.material.warn(w.campaign, w.counts, at, w.warnings)
	return Preflight{State: Done, PlanNo: w.campaign.PlanNo, At: at.UTC().Truncate(time.Microsecond), Progress: w.counts.Planned() + w.counts.Unaddressed + w.counts.Excluded + w.counts.Suppressed, Total: w.material.Cohort.Size,
		Blocking: w.blocking.list(), Warnings: w.warnings.list(), Counts: w.counts}
}
