package vault

import (
	"encoding/base32"
	"strings"
	"unicode"
)

// crockford has no letters that are read as digits.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var codeEncoding = base32.NewEncoding(crockford).WithPadding(base32.NoPadding)

const (
	codeBytes   = 10 // 80 bits
	codeLength  = 16 // letters and digits
	longestCode = 64 // runes that are looked at, with all that stands between them
)

// Code is the genuineness code of one delivery, as it stands in the notice: 80
// bits in Crockford's base32, in fours.
func (in *Installation) Code(campaign, seq int64) string {
	ix := in.codes.index(about("code", campaign, seq))
	return inFours(codeEncoding.EncodeToString(ix[:codeBytes]))
}

// CodeDigest is what the database keeps of a code, in the form that Code gives
// it.
func (in *Installation) CodeDigest(code string) Index {
	return in.codes.index(append([]byte("digest\x00"), code...))
}

// ParseCode reads a code as somebody typed it: in any case, with or without
// spaces and dashes, and with the letters that are taken for digits (O for 0, I
// and L for 1). ok is false for what can be no code.
func ParseCode(typed string) (code string, ok bool) {
	var plain strings.Builder
	for n, r := range []rune(typed) {
		switch {
		case n == longestCode:
			return "", false
		case unicode.IsSpace(r) || unicode.Is(unicode.Dash, r):
			continue
		}
		r = meant(unicode.ToUpper(r))
		if !strings.ContainsRune(crockford, r) {
			return "", false
		}
		plain.WriteRune(r)
	}
	if plain.Len() != codeLength {
		return "", false
	}
	return inFours(plain.String()), true
}

// meant is the digit that a letter was read for.
func meant(r rune) rune {
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	}
	return r
}

func inFours(plain string) string {
	return plain[:4] + "-" + plain[4:8] + "-" + plain[8:12] + "-" + plain[12:]
}
