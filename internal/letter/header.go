package letter

import (
	"bytes"
	"encoding/base64"
	"mime"
	"strings"
	"unicode/utf8"
)

// lineLimit is where go-mail folds a header (RFC 5322 2.1.1, with room).
const lineLimit = 76

// fold writes a header as go-mail does: folded before a word that would go over
// the limit.
func fold(out *bytes.Buffer, name, value string) {
	out.WriteString(name)
	out.WriteString(": ")
	left := lineLimit - 2 - len(name) - 2
	for {
		word, rest, more := strings.Cut(value, " ")
		if left-len(word) <= 1 {
			out.Truncate(out.Len() - 1) // the space before a fold goes
			out.WriteString("\r\n ")
			left = lineLimit - 3
		}
		out.WriteString(word)
		left -= len(word)
		if !more {
			break
		}
		out.WriteByte(' ')
		left--
		value = rest
	}
	out.WriteString("\r\n")
}

// headerLines cuts a header block into its headers, folds and line ends
// included.
func headerLines(head string) []string {
	var all []string
	for line := range strings.SplitAfterSeq(head+"\r\n", "\r\n") {
		if n := len(all); n > 0 && strings.HasPrefix(line, " ") {
			all[n-1] += line
		} else if line != "" {
			all = append(all, line)
		}
	}
	return all
}

// subjectLine writes a Subject that cannot be read as something else: runs of
// spaces would be folded into an empty line, and what looks like an encoded
// word (RFC 2047) would be decoded, so that it is encoded itself.
func subjectLine(out *bytes.Buffer, subject string) {
	subject = oneLine(subject)
	if strings.Contains(subject, "=?") {
		out.WriteString("Subject: " + encodedWords(subject) + "\r\n")
		return
	}
	fold(out, "Subject", mime.QEncoding.Encode("UTF-8", subject))
}

// encodedWords writes base64 words of at most 75 characters each.
func encodedWords(s string) string {
	const most = 45 // bytes of text in one word
	var words []string
	for len(s) > 0 {
		n := min(most, len(s))
		for n < len(s) && n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		words = append(words, "=?UTF-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, "\r\n ")
}
