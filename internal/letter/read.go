package letter

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"mime"
	"strings"

	"forthwith/internal/notice"
)

// allowed are the headers that a letter has, each exactly once, as go-mail
// writes them. Reply-To, the last, may be missing.
var allowed = [headerCount]string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-ID", "MIME-Version", "Subject", "To", "Reply-To"}

// headerCount is the number of allowed headers.
const headerCount = 9

func indexOf(name []byte) int {
	for i, a := range allowed {
		if a == string(name) {
			return i
		}
	}
	return -1
}

// header takes one header with its folds off the front of a message. The empty
// name is the end of the headers.
func header(raw []byte) (name, value, rest []byte, ok bool) {
	line, rest, ok := bytes.Cut(raw, crlf)
	if !ok || len(line) == 0 {
		return nil, nil, rest, ok
	}
	name, value, ok = bytes.Cut(line, []byte(":"))
	if !ok {
		return nil, nil, rest, false
	}
	start := len(raw) - len(rest) - len(crlf) - len(value)
	for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
		line, rest, ok = bytes.Cut(rest, crlf)
		if !ok || len(bytes.TrimSpace(line)) == 0 {
			return nil, nil, rest, false // a folded line of spaces may be read as the end
		}
	}
	return name, bytes.TrimPrefix(raw[start:len(raw)-len(rest)-len(crlf)], []byte(" ")), rest, true
}

var crlf = []byte("\r\n")

// unfold writes a header's value in one line (RFC 5322 section 2.2.3). The
// space of a fold before the first word belongs to the name.
func unfold(out, value []byte) []byte {
	if after, ok := bytes.CutPrefix(value, crlf); ok {
		value = after[1:]
	}
	for {
		line, rest, more := bytes.Cut(value, crlf)
		out = append(out, line...)
		if !more {
			return out
		}
		value = rest
	}
}

// readSubject is how a subject was written and what it says: decoding it once
// is enough for all who get the same.
type readSubject struct{ written, says string }

// saysSubject tells whether a subject, decoded (RFC 2047), is this person's.
func (v *approvedText) saysSubject(written []byte, told notice.Filled) bool {
	want := v.oneSubject
	if want == "" {
		want = oneLine(notice.Join(v.subject, told))
	}
	if !bytes.Contains(written, []byte("=?")) {
		return string(written) == want
	}
	if known := v.read.Load(); known != nil && known.written == string(written) {
		return known.says == want
	}
	says, err := new(mime.WordDecoder).DecodeHeader(string(written))
	if err != nil || says != want {
		return false
	}
	v.read.Store(&readSubject{string(written), says})
	return true
}

// stretch is a part of an approved part: lines that are the same for
// everybody, which are compared as quoted-printable writes them, or one line
// with a person's values, which is decoded.
type stretch struct {
	encoded []byte
	fixed   string // what encoded says
	line    []notice.Piece
}

// stretches takes a part of the approved text apart, and makes sure that what
// is compared later says what was approved.
func stretches(pieces []notice.Piece) ([]stretch, error) {
	var all []stretch
	said := ""
	for _, line := range logicalLines(pieces) {
		text, same := fixedText(line)
		if !same {
			all = append(all, stretch{line: line})
			said += outline(line)
			continue
		}
		if len(all) == 0 || all[len(all)-1].line != nil {
			all = append(all, stretch{})
		}
		last := &all[len(all)-1]
		last.encoded, last.fixed = append(last.encoded, encoded(text)...), last.fixed+text
		said += text
	}
	for _, s := range all {
		if s.line == nil && !saysAll(s.encoded, s.fixed) {
			return nil, fmt.Errorf("make guard: %w", ErrNotBuilt)
		}
	}
	if said != outline(pieces) {
		return nil, fmt.Errorf("make guard: %w", ErrNotBuilt)
	}
	return all, nil
}

// outline is a text with a mark, which no text holds, in place of each value.
func outline(pieces []notice.Piece) string {
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(p.Fixed)
		if p.Slot() {
			out.WriteByte(0)
		}
	}
	return out.String()
}

func saysAll(in []byte, text string) bool {
	var out []byte
	for ok := true; len(in) > 0; {
		if out, in, ok = unquotedLine(out, in); !ok {
			return false
		}
	}
	return string(out) == text
}

// reads tells whether a part is exactly these stretches, and whether each line
// that holds a value passes.
func (r *room) reads(in []byte, all []stretch, told notice.Filled, passes func(line []byte) bool) bool {
	ok := true
	for _, s := range all {
		if s.line == nil {
			if in, ok = bytes.CutPrefix(in, s.encoded); !ok {
				return false
			}
			continue
		}
		if r.decoded, in, ok = unquotedLine(r.decoded[:0], in); !ok || !says(r.decoded, s.line, told) || passes != nil && !passes(r.decoded) {
			return false
		}
	}
	return len(in) == 0
}

// says tells whether a decoded line is exactly these pieces.
func says(decoded []byte, pieces []notice.Piece, told notice.Filled) bool {
	for _, p := range pieces {
		s := p.Of(told)
		if len(decoded) < len(s) || string(decoded[:len(s)]) != s {
			return false
		}
		decoded = decoded[len(s):]
	}
	return len(decoded) == 0
}

// unquotedLine decodes one line of quoted-printable (RFC 2045 section 6.7),
// with those that it goes on in, behind out; it ends in LF unless it is the
// last. It is stricter than mail programs are: what an encoder would not have
// written is refused, a bare CR or LF first of all.
func unquotedLine(out, in []byte) (_, rest []byte, ok bool) {
	for {
		line, rest, more := bytes.Cut(in, []byte("\n"))
		line, ends := bytes.CutSuffix(line, []byte("\r"))
		if ends != more || len(line) > longestLine || !ascii(line) {
			return out, rest, false
		}
		soft := len(line) > 0 && line[len(line)-1] == '='
		if soft {
			line = line[:len(line)-1]
		}
		if out, ok = unescape(out, line); !ok || soft && len(rest) == 0 {
			return out, rest, false
		}
		if !soft && more {
			out = append(out, '\n')
		}
		if in = rest; !soft {
			return out, rest, true
		}
	}
}

// unescape undoes =XX.
func unescape(out, line []byte) ([]byte, bool) {
	for {
		before, after, found := bytes.Cut(line, []byte("="))
		out = append(out, before...)
		if !found {
			return out, true
		}
		if len(after) < 2 || digits[after[0]] < 0 || digits[after[1]] < 0 {
			return out, false
		}
		out, line = append(out, byte(digits[after[0]]<<4|digits[after[1]])), after[2:]
	}
}

// longestLine is what quoted-printable allows.
const longestLine = 76

// digits are the values of the digits, which are in upper case; -1 is none.
var digits = func() (h [256]int8) {
	for i := range h {
		h[i] = int8(bytes.IndexByte([]byte("0123456789ABCDEF"), byte(i)))
	}
	return h
}()

// ascii tells whether a line is written in seven bits, without a CR.
func ascii(line []byte) bool {
	if bytes.IndexByte(line, '\r') >= 0 {
		return false
	}
	for ; len(line) >= 8; line = line[8:] {
		if binary.LittleEndian.Uint64(line)&0x8080808080808080 != 0 {
			return false
		}
	}
	for _, c := range line {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
