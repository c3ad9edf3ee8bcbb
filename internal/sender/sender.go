package sender

import (
	"slices"
	"strings"
	"unicode"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/mailaddr"
)

// Details are one revision. ReplyTo defaults to From, BounceDomain to its
// domain. LinkHosts are lower-case A-labels.
type Details struct {
	From         string   `json:"from"`
	FromName     string   `json:"from_name"`
	ReplyTo      string   `json:"reply_to"`
	BounceDomain string   `json:"bounce_domain"`
	LinkHosts    []string `json:"link_hosts"`
}

// Sender is one identity with its newest revision.
type Sender struct {
	ID       id.Sender
	Name     string
	Revision int
	Details
	Checked *Check // the newest look-up; nil: none was made
}

// FromDomain is the domain that recipients see, and that keys are made for.
func (d Details) FromDomain() string {
	_, domain, _ := strings.Cut(d.From, "@")
	return domain
}

// ErrNotFound means that there is no such sender identity.
var ErrNotFound = fault.New(fault.NotFound, "no_such_sender", nil)

// Change is what an admin gives; nil leaves a detail as it is.
type Change struct {
	Name         *string
	From         *string
	FromName     *string
	ReplyTo      *string
	BounceDomain *string
	LinkHosts    *[]string
}

func (c Change) apply(s Sender) Sender {
	set(&s.Name, c.Name)
	set(&s.From, c.From)
	set(&s.FromName, c.FromName)
	set(&s.ReplyTo, c.ReplyTo)
	set(&s.BounceDomain, c.BounceDomain)
	set(&s.LinkHosts, c.LinkHosts)
	return s
}

func set[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

const (
	longestName = 200
	mostHosts   = 100
)

// normalise fills in what was left out, and writes addresses and hosts in
// their one form.
func (s Sender) normalise() Sender {
	s.Name, s.FromName = strings.TrimSpace(s.Name), strings.TrimSpace(s.FromName)
	if s.ReplyTo == "" {
		s.ReplyTo = s.From
	}
	if from, err := mailaddr.Parse(strings.TrimSpace(s.From)); err == nil {
		s.From = from.String()
		if s.BounceDomain == "" {
			s.BounceDomain = from.Domain()
		}
	}
	if reply, err := mailaddr.Parse(strings.TrimSpace(s.ReplyTo)); err == nil {
		s.ReplyTo = reply.String()
	}
	s.BounceDomain = host(s.BounceDomain)
	hosts := make([]string, len(s.LinkHosts))
	for i, h := range s.LinkHosts {
		hosts[i] = host(h)
	}
	slices.Sort(hosts)
	s.LinkHosts = slices.Compact(hosts)
	return s
}

// host gives the one form of a host name; what is none stays as it is, for
// check to refuse.
func host(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if a, err := mailaddr.Parse("x@" + name); err == nil {
		return a.Domain()
	}
	return name
}

func isHost(name string) bool {
	a, err := mailaddr.Parse("x@" + name)
	return err == nil && a.Domain() == name
}

// check refuses an identity that no mail can be sent under, naming each field.
func (s Sender) check() error {
	var wrong []fault.Field
	refuse := func(bad bool, field, code string, values fault.Values) {
		if bad {
			if values == nil {
				values = fault.Values{}
			}
			values["name"] = field
			wrong = append(wrong, fault.Field{Name: field, Code: code, Values: values})
		}
	}
	refuse(s.Name == "", "name", "field_missing", nil)
	refuse(len([]rune(s.Name)) > longestName, "name", "field_too_long", fault.Values{"limit": longestName})
	refuse(len([]rune(s.FromName)) > longestName, "from_name", "field_too_long", fault.Values{"limit": longestName})
	refuse(strings.ContainsFunc(s.FromName, unprintable), "from_name", "sender_name_unprintable", nil)
	refuse(!isAddress(s.From), "from", "sender_address", nil)
	refuse(!isAddress(s.ReplyTo), "reply_to", "sender_address", nil)
	refuse(!isHost(s.BounceDomain), "bounce_domain", "sender_host", nil)
	refuse(len(s.LinkHosts) > mostHosts, "link_hosts", "field_out_of_range", fault.Values{"from": 0, "to": mostHosts})
	refuse(slices.ContainsFunc(s.LinkHosts, func(h string) bool { return !isHost(h) }), "link_hosts", "sender_host", nil)
	return fault.Wrongs(wrong)
}

func isAddress(text string) bool {
	a, err := mailaddr.Parse(text)
	return err == nil && !a.NeedsSMTPUTF8()
}

// unprintable are characters that could hide or turn around a name.
func unprintable(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }
