package campaign

import (
	"maps"
	"slices"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
)

// Hander hands out codes within the transaction of a preflight. The pools that
// the text asks for are kept to it.
type Hander interface {
	// Hand gives the code that each of some people holds of a pool, after those
	// who held none got one, in their order and while there are any. Given is how
	// many got one. A pool that is not there has none.
	Hand(pool string, people []int64) (held map[int64]string, given int64, err error)
}

// poolsOf gives the pools that fields name, sorted.
func poolsOf(fields []notice.Field) []string {
	var all []string
	for _, f := range fields {
		if f.Group+"." == intake.CodeGroup && !slices.Contains(all, f.Name) {
			all = append(all, f.Name)
		}
	}
	slices.Sort(all)
	return all
}

// Pools are the pools of codes that the text asks for.
func (p *Press) Pools() []string { return p.pools }

// told gives what a variant may tell of somebody's values: a code only where its
// text asks for it. Who gets no text is told none, so that a code that they get
// in another campaign changes no leaf.
func (p *Press) told(values map[string][]string, variant int) map[string][]string {
	if len(p.pools) == 0 {
		return values
	}
	var coded []string
	if variant >= 0 {
		coded = p.coded[variant]
	}
	if values = maps.Clone(values); values == nil { // no values are one thing, whoever read them
		values = map[string][]string{}
	}
	maps.DeleteFunc(values, func(field string, _ []string) bool {
		pool, ok := strings.CutPrefix(field, intake.CodeGroup)
		return ok && !slices.Contains(coded, pool)
	})
	return values
}

// dealt is how a pool fared in a preflight.
type dealt struct{ given, missing int64 }

// deal gives the people of a block their codes: those alone who are sent to with
// a text that asks for one.
func (w *check) deal(chunk Chunk) error {
	for _, pool := range w.press.pools {
		var people []int64
		for i, person := range chunk.People {
			if w.needs(pool, person, chunk.Rulings[i]) {
				people = append(people, person.Recipient)
			}
		}
		held, given, err := chunk.Codes.Hand(pool, people)
		if err != nil {
			return err
		}
		if w.codes[pool] == nil {
			w.codes[pool] = &dealt{}
		}
		w.codes[pool].given += given
		for i, person := range chunk.People {
			if !w.needs(pool, person, chunk.Rulings[i]) {
				continue
			}
			code, ok := held[person.Recipient]
			if !ok { // what else is wrong is found all the same
				code = notice.SampleCode(pool)
				w.codes[pool].missing++
			}
			if person.Values == nil {
				person.Values = map[string][]string{}
			}
			person.Values[intake.CodeGroup+pool] = []string{code}
			chunk.People[i] = person
		}
	}
	return nil
}

// needs tells whether somebody is sent a text that asks for a code of a pool.
func (w *check) needs(pool string, person intake.Person, r Ruling) bool {
	if !r.none() || person.Unaddressed || person.Broken != nil {
		return false
	}
	variant, ok := w.press.Variant(person)
	return ok && slices.Contains(w.press.coded[variant], pool)
}

// short finds pools without a code for everybody. Nothing of them was handed
// out then: there is no plan.
func (w *check) short() {
	for pool, d := range w.codes {
		if d.missing > 0 && slices.Contains(w.material.Pools, pool) {
			w.blocking.add(pool, Finding{Code: "codes_short", Values: fault.Values{"pool": pool, "left": d.given, "missing": d.missing}}, d.given+d.missing)
		}
	}
}

// checkPools finds pools that the text asks for and that the incident does not
// have.
func (m Material) checkPools(found *findings) {
	for _, pool := range poolsOf(m.Text.Fields()) {
		if slices.Contains(m.Pools, pool) {
			continue
		}
		like := notice.Suggest(pool, m.Pools)
		if like == "" {
			like = "another"
		}
		found.add(pool, Finding{Code: "pool_unknown", Values: fault.Values{"pool": pool, "like": like}}, 0)
	}
}

// refuseUncoded refuses to send to people who hold no code that their text asks
// for. It voids no plan: that is what the world says, and it may heal.
func refuseUncoded(tx WorldTx, c Campaign, plan Plan) error {
	for _, pool := range poolsOf(plan.Text.Fields()) {
		var variants []int
		for i, v := range plan.Text.Ordered() {
			if slices.Contains(poolsOf(v.Compiled.Fields), pool) {
				variants = append(variants, i)
			}
		}
		people, err := tx.WithoutCode(c, pool, variants)
		if err != nil {
			return err
		}
		if people > 0 {
			return fault.New(fault.Conflict, "launch_without_codes", fault.Values{"pool": pool, "people": people})
		}
	}
	return nil
}
