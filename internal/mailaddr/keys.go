package mailaddr

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// GroupingKey tells mailboxes apart: two addresses are one person's mailbox
// only if their keys are equal. It is the exact local part and the lower-case
// A-label domain; case, plus tags and dots of a local part are the receiving
// server's business (RFC 5321 section 2.4).
func (a Address) GroupingKey() string { return a.String() }

// SimilarityKey finds addresses that are probably one mailbox, to be shown to
// a person and never merged: the local part in lower case without its plus tag
// and its dots.
func (a Address) SimilarityKey() string {
	if a.IsZero() {
		return ""
	}
	return similarLocal(a.local) + "@" + a.domain
}

func similarLocal(local string) string {
	bare := local
	if plus := strings.IndexByte(bare, '+'); plus > 0 {
		bare = bare[:plus]
	}
	if !ascii(bare) {
		bare = norm.NFC.String(bare)
	}
	return strings.ReplaceAll(strings.ToLower(bare), ".", "")
}
