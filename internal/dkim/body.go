package dkim

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// bodyHash is the SHA-256 of a body in its relaxed form (RFC 6376 section
// 3.4.4). Stretches without a change are hashed where they stand.
func bodyHash(body []byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	start, end, empty := 0, 0, 0 // end is behind the last line that says something
	for at := 0; at < len(body); {
		line, next := lineAt(body, at)
		said := bytes.TrimRight(body[at:line], " \t")
		if len(said) == 0 {
			empty++
			at = next
			continue
		}
		plain := len(said) == line-at && line+2 == next && !bytes.Contains(said, twoSpaces) && bytes.IndexByte(said, '\t') < 0
		if plain && end == at {
			end, empty, at = next, 0, next
			continue
		}
		h.Write(body[start:end])
		for ; empty > 0; empty-- {
			h.Write(crlf)
		}
		start, end = at, next
		if !plain {
			relax(h, said)
			start = next
		}
		at = next
	}
	h.Write(body[start:end])
	h.Sum(sum[:0])
	return sum
}

var (
	crlf      = []byte("\r\n")
	twoSpaces = []byte("  ")
	oneSpace  = []byte(" ")
)

// lineAt gives the end of a line's text and the start of the next line.
func lineAt(body []byte, at int) (line, next int) {
	i := bytes.IndexByte(body[at:], '\n')
	if i < 0 {
		return len(body), len(body)
	}
	line, next = at+i, at+i+1
	if i > 0 && body[line-1] == '\r' {
		line--
	}
	return line, next
}

// relax writes a line with its runs of white space as one space.
func relax(h hash.Hash, said []byte) {
	for len(said) > 0 {
		i := bytes.IndexAny(said, " \t")
		if i < 0 {
			break
		}
		h.Write(said[:i])
		h.Write(oneSpace)
		said = bytes.TrimLeft(said[i:], " \t")
	}
	h.Write(said)
	h.Write(crlf)
}
