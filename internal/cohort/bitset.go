package cohort

import "math/bits"

// Bitset is a set of recipient numbers of one incident. The zero value is
// empty. The operations return new sets and leave their operands alone.
type Bitset []uint64

// Of makes a set.
func Of(numbers ...int) Bitset {
	var b Bitset
	for _, n := range numbers {
		b.Add(n)
	}
	return b
}

// Add puts a number in; the set grows as needed. n must not be negative.
func (b *Bitset) Add(n int) {
	if need := n/64 + 1; need > len(*b) {
		*b = append(*b, make(Bitset, need-len(*b))...)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

// Has tells whether a number is in the set.
func (b Bitset) Has(n int) bool { return n >= 0 && n/64 < len(b) && b[n/64]&(1<<(n%64)) != 0 }

// Len counts the members.
func (b Bitset) Len() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// And gives what is in both.
func (b Bitset) And(c Bitset) Bitset {
	out := make(Bitset, min(len(b), len(c)))
	for i := range out {
		out[i] = b[i] & c[i]
	}
	return out
}

// Or gives what is in either.
func (b Bitset) Or(c Bitset) Bitset {
	if len(b) < len(c) {
		b, c = c, b
	}
	out := append(Bitset(nil), b...)
	for i, w := range c {
		out[i] |= w
	}
	return out
}

// Minus gives what is in b and not in c.
func (b Bitset) Minus(c Bitset) Bitset {
	out := append(Bitset(nil), b...)
	for i := range min(len(b), len(c)) {
		out[i] &^= c[i]
	}
	return out
}

// Each visits the members in ascending order.
func (b Bitset) Each(visit func(n int) bool) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			if !visit(i*64 + bits.TrailingZeros64(w)) {
				return
			}
		}
	}
}
