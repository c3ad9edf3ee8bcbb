package id

import (
	"strconv"
	"strings"
)

// Pair is the id of a thing that is numbered within its parent: a recipient in
// an incident, a delivery in a campaign. Its form is rcp_12-345.
type Pair[K kind] struct {
	Parent int64
	No     int64
}

// String gives the API's form. No id is the empty string.
func (p Pair[K]) String() string {
	if p.No == 0 {
		return ""
	}
	var k K
	return k.prefix() + "_" + strconv.FormatInt(p.Parent, 10) + "-" + strconv.FormatInt(p.No, 10)
}

// MarshalText gives the API's form.
func (p Pair[K]) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the API's form. The empty string is no id.
func (p *Pair[K]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Pair[K]{}
		return nil
	}
	got, err := ParsePair[K](string(text))
	*p = got
	return err
}

// ParsePair reads such an id. Anything else than its own form is ErrForm.
func ParsePair[K kind](s string) (Pair[K], error) {
	var k K
	rest, ok := strings.CutPrefix(s, k.prefix()+"_")
	parent, no, cut := strings.Cut(rest, "-")
	a, errA := strconv.ParseInt(parent, 10, 64)
	b, errB := strconv.ParseInt(no, 10, 64)
	p := Pair[K]{Parent: a, No: b}
	if !ok || !cut || errA != nil || errB != nil || a <= 0 || b <= 0 || p.String() != s {
		return Pair[K]{}, ErrForm
	}
	return p, nil
}

// placeBits are the bits of a place that hold the number; the rest holds the
// parent.
const placeBits = 36

// Place makes one number of a pair, in the order of parents and numbers, for
// cursors through all of them.
func (p Pair[K]) Place() int64 { return p.Parent<<placeBits | p.No }

// AtPlace gives the pair of a place. Zero is before all.
func AtPlace[K kind](place int64) Pair[K] {
	return Pair[K]{Parent: place >> placeBits, No: place & (1<<placeBits - 1)}
}
