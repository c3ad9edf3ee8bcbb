// Package reason holds what a person writes to say why they decided something
// about people: it is kept with the decision, and the ledger has its digest.
package reason

import (
	"crypto/sha256"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
)

// longest bounds a reason, in characters.
const longest = 4000

// Check says what is wrong with a reason whose outer spaces were dropped.
// Nothing: it may be kept.
func Check(text string) []fault.Field {
	switch n := len([]rune(text)); {
	case n == 0:
		return []fault.Field{{Name: "reason", Code: "reason_missing", Values: fault.Values{}}}
	case n > longest:
		return []fault.Field{{Name: "reason", Code: "field_too_long", Values: fault.Values{"name": "reason", "limit": longest}}}
	}
	return nil
}

// Digest stands for a reason in the ledger, where nobody is named.
func Digest(text string) canon.Hash { return sha256.Sum256([]byte(text)) }
