package config

import (
	"log/slog"
	"net/url"
	"strings"
)

const masked = "•••"

// Secret is a value that does not print itself.
type Secret string

// Reveal gives the value, to the one place that needs it.
func (s Secret) Reveal() string { return string(s) }

// String gives a mask, or nothing when there is nothing to hide.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// GoString masks %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText masks JSON and whatever else writes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue masks log lines.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// where shows of a connection URL where it leads, and nothing that could be a
// password. A form that is no URL is masked whole.
func where(s Secret) string {
	u, err := url.Parse(string(s))
	if err != nil || u.Scheme == "" {
		return s.String()
	}
	var out strings.Builder
	out.WriteString(u.Scheme + "://")
	if u.User != nil {
		out.WriteString(u.User.Username())
		if _, has := u.User.Password(); has {
			out.WriteString(":" + masked)
		}
		out.WriteString("@")
	}
	out.WriteString(u.Host + u.Path)
	if host := u.Query().Get("host"); host != "" {
		out.WriteString("?host=" + host)
	}
	return out.String()
}
