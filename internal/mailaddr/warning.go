package mailaddr

import "strings"

// Warning is something about an address that a person should look at. The
// address is kept as it is.
type Warning string

// The warnings.
const (
	RoleAccount Warning = "address_role_account" // several people may read it
	Dotless     Warning = "address_dotless"      // a domain of one label reaches nobody on the public network
	LikelyTypo  Warning = "address_likely_typo"  // one letter away from a provider that everybody knows
)

// roles are mailbox names of functions, RFC 2142 and what is usual beside it.
var roles = set("abuse admin administrator billing careers contact enquiries events feedback finance help helpdesk " +
	"hostmaster hr info inquiries investors jobs legal mail mailer-daemon marketing media news newsletter no-reply " +
	"noc noreply notifications office orders postmaster press privacy root sales security service shop spam " +
	"subscribe support sysadmin team unsubscribe webmaster welcome")

// typos are domains that are nearly always a slip of the finger.
var typos = set("gmial.com gmai.com gmal.com gmail.con gmail.co gmail.cm gnail.com gamil.com gmaill.com " +
	"hotmial.com hotmal.com hotmai.com hotmail.con hotmail.co hotnail.com homail.com " +
	"outlok.com outloook.com outlook.con outlook.co yaho.com yahooo.com yahoo.con yahoo.co yhoo.com " +
	"iclod.com icloud.con icloud.co aol.con comcast.con gmx.ed gmx.d web.d")

func set(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(words) {
		all[w] = true
	}
	return all
}

// Role tells whether the address names a function instead of a person.
func (a Address) Role() bool { return roles[strings.ToLower(a.local)] }

// Warnings lists what a person should look at; usually nothing.
func (a Address) Warnings() []Warning {
	var all []Warning
	if a.Role() {
		all = append(all, RoleAccount)
	}
	if !a.IsZero() && !strings.Contains(a.domain, ".") {
		all = append(all, Dotless)
	}
	if typos[a.domain] {
		all = append(all, LikelyTypo)
	}
	return all
}
