package mailaddr

import "strings"

// ParseDomain reads a domain name and gives it as lower-case A-labels, the form
// that Address.Domain has. Every error is a Refusal.
func ParseDomain(s string) (string, error) {
	name, why := domainName(strings.Trim(s, " "))
	if why != "" {
		return "", why
	}
	if len(name) > maxAddress {
		return "", TooLong
	}
	return name, nil
}
