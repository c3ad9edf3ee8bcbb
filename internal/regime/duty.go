package regime

import (
	"slices"
	"strings"
)

// Duty is somebody to be told, or another thing to be done in time, as a rule
// in play has it. Its ID is stable over versions of the rules as long as they
// keep their ids: us-ca.individual_notice, us-ca.regulator.ag-us-ca. The second
// entry of a rule for the same regulator ends in .2.
type Duty struct {
	ID            string
	Kind          DutyKind
	Origin        Origin
	To, ToID      string // for a regulator
	Standing      Standing
	Count         Count
	When          []string // conditions that it hangs on
	Unrecorded    []string // those of them that are not recorded
	Clock         Clock    // the one that ends first
	Others        []Clock  // further limits of the same duty
	Condition     string   // in which case notice is due, in the rule's words
	HarmException Answer   // whether the rule lets harm be ruled out; a note and no decision
	TemplateCopy  Answer   // whether a sample of the notice goes along
	Note          string
}

// Count is the people whom a duty is about, and the number they are held
// against.
type Count struct {
	Threshold Threshold // zero: no count drives the duty
	People    int       // by the threshold's basis
	Residents int       // those in the rule's places
	Unplaced  int       // those who may be there as well: only their country, or nothing, is known
	Places    []Region
}

// Region is one part of a country whose people are held against the
// threshold by themselves.
type Region struct {
	Place    string
	People   int
	Standing Standing
}

// duties gives everything that one rule asks for.
func (s Set) duties(r rule, x scene) []Duty {
	notice := x.clock(r.individual.deadline, Clock{})
	x.putOff(&notice, r.individual.delay)
	all := []Duty{s.noticeDuty(r, x, notice)}
	for _, n := range r.regulators {
		d := Duty{ID: r.Regime + "." + string(RegulatorNotice) + "." + n.id, Kind: RegulatorNotice, Origin: r.origin("regulator_notice", n.citation),
			To: n.to, ToID: n.toID, Standing: Checklist, When: slices.Clone(n.when), TemplateCopy: n.templateCopy, Note: n.note}
		s.count(&d, r, n.threshold, x)
		d.await(x.holds)
		all = append(all, x.timed(d, append([]Deadline{n.deadline}, n.also...), notice))
	}
	for _, p := range []struct {
		kind DutyKind
		press
	}{{AgencyNotice, r.agencies}, {MediaNotice, r.media}} {
		if p.required {
			d := Duty{ID: r.Regime + "." + string(p.kind), Kind: p.kind, Origin: r.origin(string(p.kind), ""), Standing: Checklist, Note: p.note}
			s.count(&d, r, p.threshold, x)
			all = append(all, x.timed(d, []Deadline{p.deadline}, notice))
		}
	}
	for _, m := range r.milestones {
		d := Duty{ID: r.Regime + "." + string(Milestone) + "." + m.id, Kind: Milestone, Origin: r.origin("milestones", ""), Standing: Checklist, Note: m.note}
		s.count(&d, r, Threshold{}, x)
		all = append(all, x.timed(d, []Deadline{m.deadline}, notice))
	}
	return all
}

func (s Set) noticeDuty(r rule, x scene, clock Clock) Duty {
	d := Duty{ID: r.Regime + "." + string(IndividualNotice), Kind: IndividualNotice, Origin: r.origin("individual_notice", ""), Standing: ForJudgement,
		Condition: r.individual.condition, HarmException: r.individual.harmException, Clock: clock}
	if !r.individual.required {
		d.Standing = NotByThis
	}
	s.count(&d, r, Threshold{}, x)
	x.finish(&d.Clock)
	return d
}

// await names the conditions that are not recorded. One that is not reached
// stays so.
func (d *Duty) await(holds map[string]bool) {
	for _, c := range d.When {
		if !holds[c] {
			d.Unrecorded = append(d.Unrecorded, c)
		}
	}
	if len(d.Unrecorded) > 0 && d.Standing != NotReached {
		d.Standing = Unrecorded
	}
}

// timed adds the clocks: the one that ends first by the law counts.
func (x scene) timed(d Duty, deadlines []Deadline, notice Clock) Duty {
	clocks := make([]Clock, 0, len(deadlines))
	for _, limit := range deadlines {
		c := x.clock(limit, notice)
		if limit.Kind != NotLaterThan && limit.Kind != BeforeNotice {
			x.putOff(&c, Unclear) // the rules speak of a delay for individuals only
		}
		x.finish(&c)
		clocks = append(clocks, c)
	}
	first := 0
	for i, c := range clocks {
		if c.isDated() && (!clocks[first].isDated() || c.At().Before(clocks[first].At())) {
			first = i
		}
	}
	d.Clock = clocks[first]
	d.Others = slices.Delete(clocks, first, first+1)
	return d
}

// count holds people against a threshold. "Persons notified at one time" is
// read as everybody, the careful reading; the residents stand beside it.
func (s Set) count(d *Duty, r rule, limit Threshold, x scene) {
	codes := s.places(r)
	d.Count = Count{Threshold: limit, People: x.people.total, Residents: x.people.within(codes), Unplaced: x.people.unplaced(codes)}
	switch {
	case limit.Count == 0 && len(r.residency) == 0:
	case limit.Count == 0:
		d.Count.People = d.Count.Residents
	case limit.Basis != Residents:
		d.Standing = limit.judge(d.Count.People, 0)
	case r.countsRegions():
		d.regions(limit, r.Jurisdiction, x.people)
	default:
		d.Count.People = d.Count.Residents
		d.Standing = limit.judge(d.Count.People, d.Count.Unplaced)
	}
}

// countsRegions tells of a rule of a whole country for a trade: where it counts
// residents, it counts those of each state.
func (r rule) countsRegions() bool {
	return len(r.residency) == 0 && len(r.Jurisdiction) == 2 && r.Jurisdiction != union
}

func (d *Duty) regions(limit Threshold, country string, people tally) {
	d.Count.People, d.Count.Unplaced = 0, people.by[""]+people.by[country]
	d.Standing = limit.judge(0, d.Count.Unplaced)
	for place, n := range people.by {
		if place == country || !covers(country, place) || n == 0 {
			continue
		}
		at := Region{Place: place, People: n, Standing: limit.judge(n, d.Count.Unplaced)}
		d.Count.Places = append(d.Count.Places, at)
		d.Count.People = max(d.Count.People, n)
		if rank(at.Standing) > rank(d.Standing) {
			d.Standing = at.Standing
		}
	}
	slices.SortFunc(d.Count.Places, func(a, b Region) int { return strings.Compare(a.Place, b.Place) })
}

func rank(s Standing) int { return slices.Index([]Standing{NotReached, Unsettled, Reached}, s) }

// judge tells on which side of the threshold a count is. It is unsettled where
// those who may belong to it would change the answer.
func (t Threshold) judge(people, unplaced int) Standing {
	now, then := t.holds(people), t.holds(people+unplaced)
	switch {
	case now != then:
		return Unsettled
	case now:
		return Reached
	}
	return NotReached
}

func (t Threshold) holds(people int) bool {
	switch t.Op {
	case Over:
		return people > t.Count
	case Below:
		return people < t.Count
	}
	return people >= t.Count
}
