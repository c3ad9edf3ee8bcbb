package smtpclient

import (
	"bytes"
	"errors"
	"regexp"
	"strings"

	"forthwith/internal/outcome"
)

// read keeps of a reply its codes and, of an acceptance, its queue id.
func read(p outcome.Phase, code int, text string) outcome.Reply {
	r := outcome.Reply{Phase: p, Code: code, Enhanced: enhanced(code, text)}
	if p == outcome.PhaseDot && code/100 == 2 {
		r.QueueID = queueID(text)
	}
	return r
}

var errNoReply = errors.New("the relay does not speak SMTP")

// hear reads one reply (RFC 5321 section 4.2), with its lines one under the
// other. A line that another code or none begins, within a reply of several, is
// taken for text of the relay's.
func (c *Conn) hear() (code int, text string, err error) {
	c.in = c.in[:0]
	for {
		line, err := c.line()
		if err != nil {
			return 0, "", err
		}
		n, words, last := replyLine(line)
		switch {
		case code == 0 && n == 0:
			return 0, "", errNoReply
		case code == 0:
			code = n
		case n != code:
			words, last = line, false
		}
		c.in = append(c.in, words...)
		if last {
			return code, string(c.in), nil
		}
		c.in = append(c.in, '\n')
	}
}

// line reads one line, or the beginning of one that is longer than any reply's.
func (c *Conn) line() ([]byte, error) {
	line, more, err := c.smtp.Text.R.ReadLine()
	if more {
		line = bytes.Clone(line)
	}
	for more && err == nil {
		_, more, err = c.smtp.Text.R.ReadLine()
	}
	return line, err
}

// replyLine takes a line of a reply apart: three digits, and behind a space or
// a hyphen its words. The code is 0 where it is none, and a code alone is a
// whole reply.
func replyLine(line []byte) (code int, words []byte, last bool) {
	if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
		return 0, nil, false
	}
	for _, digit := range line[:3] {
		if digit < '0' || digit > '9' {
			return 0, nil, false
		}
		code = 10*code + int(digit-'0')
	}
	if len(line) == 3 {
		return code, nil, true
	}
	return code, line[4:], line[3] == ' '
}

// enhanced finds the code of RFC 3463 that opens a line of a reply; some relays
// write it on the last line only. One of another class than the reply's own is
// a mistake of the relay and is dropped (RFC 2034 4).
func enhanced(code int, text string) string {
	for line := range strings.SplitSeq(text, "\n") {
		word, _, _ := strings.Cut(line, " ")
		if isEnhanced(word) && int(word[0]-'0') == code/100 {
			return word
		}
	}
	return ""
}

// isEnhanced tells whether a word is class.subject.detail: a class of 2, 4 or
// 5, and twice one to three digits.
func isEnhanced(word string) bool {
	class, rest, ok := strings.Cut(word, ".")
	subject, detail, more := strings.Cut(rest, ".")
	return ok && more && (class == "2" || class == "4" || class == "5") && isShortNumber(subject) && isShortNumber(detail)
}

func isShortNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 3
}

// queuePatterns are the forms in which the common relays name a message that
// they took. The word must end where it ends: an address goes on with an @.
var queuePatterns = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\bqueued as ([A-Za-z0-9._-]{6,64})(?:[\s;,)]|$)`),
	regexp.MustCompile(`(?i)\bid=([A-Za-z0-9._-]{6,64})(?:[\s;,)]|$)`),
	regexp.MustCompile(`(?i)^(?:2\.\d\.\d )?ok:? ([A-Za-z0-9._-]{16,64})(?:[\s;,)]|$)`),
}

// queueID finds what the relay called the message, or nothing. It holds a
// digit: a word without one may be a name.
func queueID(text string) string {
	for _, p := range queuePatterns {
		if m := p.FindStringSubmatch(text); m != nil && strings.ContainsAny(m[1], "0123456789") {
			return m[1]
		}
	}
	return ""
}
