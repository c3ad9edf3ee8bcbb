package intake

import (
	"forthwith/internal/mailaddr"
)

// Flag says why a person should be looked at before they are told. Nothing is
// changed because of one, and nobody is left out.
type Flag string

// The flags. The last four follow from all rows of a person together.
const (
	RoleAccount      Flag = "role_account"          // the address names a function
	LikelyTypo       Flag = "likely_typo"           // the domain is a slip of the finger
	DotlessDomain    Flag = "dotless_domain"        // reaches nobody on the public network
	NeedsUTF8        Flag = "smtputf8"              // only a relay that offers SMTPUTF8 can take it
	Undeliverable    Flag = "undeliverable_domain"  // the domain takes no mail, as far as the DNS says
	SimilarAddress   Flag = "similar_address"       // another address is probably the same mailbox
	SeveralPeople    Flag = "several_people"        // behind one mailbox: greeted neutrally
	SeveralPlaces    Flag = "several_jurisdictions" // all count
	SeveralLanguages Flag = "several_locales"       // the most frequent one counts
	SeveralConsents  Flag = "several_consents"      // a refusal outweighs an agreement
)

// Flags lists every flag in the order in which they are shown.
var Flags = []Flag{LikelyTypo, Undeliverable, SimilarAddress, RoleAccount, DotlessDomain, NeedsUTF8, SeveralPeople, SeveralPlaces, SeveralLanguages, SeveralConsents}

// AddressFlags are those of an address alone.
func AddressFlags(a mailaddr.Address) []Flag {
	var all []Flag
	for _, w := range a.Warnings() {
		all = append(all, warned[w])
	}
	if a.NeedsSMTPUTF8() {
		all = append(all, NeedsUTF8)
	}
	return all
}

var warned = map[mailaddr.Warning]Flag{mailaddr.RoleAccount: RoleAccount, mailaddr.LikelyTypo: LikelyTypo, mailaddr.Dotless: DotlessDomain}

// Flags are those that follow from all rows together.
func (g *Group) Flags() []Flag {
	var all []Flag
	for _, f := range []struct {
		flag Flag
		is   bool
	}{
		{SeveralPeople, g.Individuals() > 1}, {SeveralPlaces, len(g.jurisdictions) > 1}, {SeveralLanguages, len(g.locales) > 1},
		{SeveralConsents, g.consent[Agreed] > 0 && g.consent[Declined] > 0},
	} {
		if f.is {
			all = append(all, f.flag)
		}
	}
	return all
}

// GroupFlags lists the flags that Group.Flags may give.
var GroupFlags = []Flag{SeveralPeople, SeveralPlaces, SeveralLanguages, SeveralConsents}
