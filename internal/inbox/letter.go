package inbox

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// Letter is a captured message as a reader sees it.
type Letter struct {
	From, To, Subject string
	Text, HTML        string
	Header            string // as it came
}

var words mime.WordDecoder

// Read takes a stored message apart. What cannot be read stays empty: the
// source is there all the same.
func Read(raw []byte) (Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return Letter{}, fmt.Errorf("read captured message: %w", err)
	}
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	l := Letter{From: decoded(m.Header.Get("From")), To: decoded(m.Header.Get("To")), Subject: decoded(m.Header.Get("Subject")), Header: string(header)}
	return l, l.part(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
}

func decoded(text string) string {
	out, err := words.DecodeHeader(text)
	if err != nil {
		return text
	}
	return out
}

// part keeps a text, and looks into what holds several.
func (l *Letter) part(contentType, encoding string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return l.parts(multipart.NewReader(body, parameters["boundary"]))
	}
	text, err := io.ReadAll(unencoded(encoding, body))
	if err != nil {
		return fmt.Errorf("read captured part: %w", err)
	}
	switch kind {
	case "text/plain":
		l.Text = string(text)
	case "text/html":
		l.HTML = string(text)
	}
	return nil
}

func (l *Letter) parts(all *multipart.Reader) error {
	for {
		p, err := all.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read captured parts: %w", err)
		}
		if err := l.part(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p); err != nil {
			return err
		}
	}
}

func unencoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}
