package notice

import (
	"bytes"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"

	"forthwith/internal/fault"
)

// Link is one target in a text, to be held against the sender's approved
// hosts.
type Link struct {
	Host  string `json:"host,omitempty"`  // of a written address, in lower case
	Field string `json:"field,omitempty"` // the fact that is the whole target
	Line  int    `json:"line"`
}

// inTarget finds fields in a target.
var inTarget = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// factTargets are the facts that may be a whole target, alone or after their
// scheme.
var factTargets = map[string]string{
	"contact.url": "", "offer.enrol_url": "", "contact.email": "mailto:", "dpo.email": "mailto:",
	"contact.phone": "tel:", "contact.tollfree": "tel:", "dpo.phone": "tel:", "offer.enrol_phone": "tel:",
}

// target gives a link's target with marks in place of its fields.
func (b *body) target(destination string) string {
	return inTarget.ReplaceAllStringFunc(destination, func(m string) string {
		f, _, _ := parseField(m[2 : len(m)-2])
		if i := slices.Index(b.fields, f); i >= 0 {
			return mark(i)
		}
		return m
	})
}

// checkLink refuses every target that does not lead where a reader can see.
func (b *body) checkLink(n ast.Node, destination, label string) {
	at := b.offsetOf(n)
	if b.targets += len(destination); b.targets > MaxOutput { // a reference may be named again and again
		b.at(at, "text_large", fault.Values{"limit": MaxOutput >> 10})
		return
	}
	fields := inTarget.FindAllStringSubmatch(destination, -1)
	for _, m := range fields {
		f := b.fields[b.field(m[1], at)]
		if f.Personal() || f.List {
			b.at(at, "link_personal", fault.Values{"field": f.String()})
			return
		}
	}
	if len(fields) == 1 && strings.HasSuffix(destination, fields[0][0]) {
		key := strings.TrimSpace(fields[0][1])
		if scheme, ok := factTargets[key]; ok && strings.TrimSuffix(destination, fields[0][0]) == scheme {
			if scheme == "" {
				b.link(Link{Field: key}, at)
			}
			return
		}
	}
	host, code := hostOf(inTarget.ReplaceAllString(destination, "x"), len(fields) > 0 && !fieldsBehindHost(destination))
	if code == "" && looksElsewhere(label, host) {
		code = "link_disguised"
	}
	if code != "" {
		b.at(at, code, fault.Values{"target": host})
		return
	}
	if host != "" {
		b.link(Link{Host: host}, at)
	}
}

func (b *body) link(l Link, offset int) {
	l.Line = 1 + bytes.Count(b.source[:offset], []byte("\n"))
	b.links = append(b.links, l)
}

// fieldsBehindHost tells whether every field stands in the path or behind it.
func fieldsBehindHost(target string) bool {
	rest, ok := strings.CutPrefix(target, "https://")
	slash := strings.IndexByte(rest, '/')
	return ok && slash >= 0 && !strings.Contains(rest[:slash], "{{")
}

// hostOf reads a written target: https to a plain host name, mailto or tel.
func hostOf(target string, fieldInHost bool) (host, code string) {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return "", "link_unreadable"
	case u.Scheme == "mailto" && strings.Count(u.Opaque, "@") == 1 && u.RawQuery == "" && !fieldInHost:
		return "", ""
	case u.Scheme == "tel" && u.Opaque != "" && strings.Trim(u.Opaque, "+0123456789-") == "" && !fieldInHost:
		return "", ""
	case u.Scheme != "https":
		return "", "link_scheme"
	case fieldInHost:
		return "", "link_host_field"
	case u.User != nil:
		return "", "link_user"
	case u.Port() != "" || strings.HasSuffix(u.Host, ":"):
		return "", "link_port"
	}
	host = strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err == nil || !hostName.MatchString(host) || strings.Contains(host, "xn--") {
		return host, "link_host"
	}
	return host, ""
}

// hostName is an ASCII host name with a dot and without one at its end. A name
// in other letters, or in punycode, can look like another.
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// urlLike finds an address in the text of a link.
var urlLike = regexp.MustCompile(`(?i)(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})`)

// looksElsewhere tells whether a link shows one host and leads to another.
func looksElsewhere(label, host string) bool {
	for _, m := range urlLike.FindAllStringSubmatch(label, -1) {
		shown := strings.ToLower(m[1])
		if host != "" && shown != host && "www."+shown != host && shown != "www."+host {
			return true
		}
	}
	return false
}

// CheckLinks holds every written host of a compiled text against the hosts
// that are approved for its sender, and the facts that are targets too.
func (s Skeleton) CheckLinks(approved []string, facts Values) error {
	var wrong []fault.Field
	for _, l := range s.Links {
		host, code := l.Host, ""
		if l.Field != "" {
			host, code = hostOf(first(facts[l.Field]), false)
		}
		if code == "" && !slices.Contains(approved, host) {
			code = "text_link_not_approved"
		}
		if code != "" {
			wrong = append(wrong, fault.Field{Name: "body", Code: code, Values: fault.Values{"target": host, "line": l.Line}})
		}
	}
	return fault.Wrongs(wrong)
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
