package intake

import (
	"encoding/hex"

	"forthwith/internal/vault"
)

// Seen says what a row tells about its person.
type Seen uint8

// What a row can tell.
const (
	NewPerson   Seen = iota // nobody had this address before
	KnownPerson             // an older list had it; the first row of this one
	Returned                // the incident had them, but no list has them now
	Repeated                // a further row of this list
)

// Register numbers the people of an incident by their addresses, and counts.
// It holds about forty bytes a person.
type Register struct {
	numbers map[vault.Index]uint32
	touched map[uint32]bool // known before, met in this list
	gone    map[uint32]bool // known before, but no list has them now
	before  uint32
	last    uint32
	Counts  Counts
}

// NewRegister continues after the highest number given so far.
func NewRegister(last int64) *Register {
	return &Register{numbers: map[vault.Index]uint32{}, touched: map[uint32]bool{}, gone: map[uint32]bool{}, before: uint32(last), last: uint32(last)}
}

// Continues tells whether the incident had people before.
func (r *Register) Continues() bool { return r.before > 0 }

// Know adds a person who was there before.
func (r *Register) Know(ix vault.Index, no int64) { r.numbers[ix] = uint32(no) }

// Gone notes somebody whose lists were all withdrawn: the next row brings them
// anew.
func (r *Register) Gone(no int64) { r.gone[uint32(no)] = true }

// StillGone gives those whom no row of this list has brought back.
func (r *Register) StillGone() []int64 {
	all := []int64{}
	for no := range r.gone {
		if !r.touched[no] {
			all = append(all, int64(no))
		}
	}
	return all
}

// Has tells whether an address has its number.
func (r *Register) Has(ix vault.Index) bool { _, ok := r.numbers[ix]; return ok }

// Refused counts a row that became nobody.
func (r *Register) Refused() { r.Counts.Rows++; r.Counts.Rejected++ }

// Person numbers the person behind an accepted row.
func (r *Register) Person(ix vault.Index) (int64, Seen) {
	no, ok := r.numbers[ix]
	if !ok {
		no := r.Nameless()
		r.numbers[ix] = uint32(no)
		return no, NewPerson
	}
	r.Counts.Rows++
	r.Counts.Accepted++
	if no <= r.before && !r.touched[no] {
		r.touched[no] = true
		if r.gone[no] {
			r.Counts.New++
			return int64(no), Returned
		}
		r.Counts.Known++
		return int64(no), KnownPerson
	}
	r.Counts.Repeats++
	return int64(no), Repeated
}

// Nameless numbers a row without an address: a person of their own.
func (r *Register) Nameless() int64 {
	r.last++
	r.Counts.Rows++
	r.Counts.Accepted++
	r.Counts.New++
	return int64(r.last)
}

// Stored appends the attributes of a row as rules read them, as a JSON object:
// typed values by name, secret ones as a blind index, and the three attributes
// that everybody has. Empty cells have no attribute.
func (row Row) Stored(dst []byte, secret func(attribute, value string) vault.Index) []byte {
	dst = append(dst, '{')
	from := len(dst)
	name := func(n string) {
		if len(dst) > from {
			dst = append(dst, ',')
		}
		dst = append(AppendJSON(dst, n), ':')
	}
	for _, a := range row.Attributes {
		if name(a.Name); a.Value.Type == Number {
			dst = append(dst, a.Value.Text...) // a plain decimal is JSON
		} else {
			dst = AppendJSON(dst, a.Value.Text)
		}
	}
	for _, s := range row.Secret {
		ix := secret(s.Name, s.Value)
		name(s.Name)
		dst = append(hex.AppendEncode(append(dst, '"'), ix[:]), '"')
	}
	for _, a := range [...]Named[string]{{"jurisdiction", row.Jurisdiction}, {"locale", row.Locale}, {"timezone", row.Timezone}} {
		if a.Value != "" {
			name(a.Name)
			dst = AppendJSON(dst, a.Value)
		}
	}
	return append(dst, '}')
}
