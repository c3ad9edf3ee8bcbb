package e2e

import "testing"

const flaggedPeople = "email,name,state,lang\nana@gmial.com,Ana,US-CA,en\nana@gmial.com,Ana,US-TX,de\nsales@example.com,Sales,US-CA,en\nb.en@example.com,Ben,US-CA,en\nBen+shop@example.com,Ben,US-CA,en\n" +
	"family@example.com,Cy,US-CA,en\nfamily@example.com,Di,US-CA,en\n"

// Whom somebody should look at is shown with the reason, and changed by nobody.
func TestPeopleToLookAtAreShown(t *testing.T) {
	w := open(t, view{width: 390})
	w.signInAs("Cem")
	incident := w.newIncident("Flags")
	w.visit(incident + "/flags")
	w.says("Nobody needs to be looked at.")
	w.upload(incident, "people.csv", flaggedPeople)
	w.click("Import 7 rows")
	w.until(w.where(), "new people")
	w.visit(incident + "/lists")
	w.click("People to look at before they are told")
	w.says("Probably mistyped", "Probably one mailbox twice", "Address of a function", "Several people behind one mailbox", "Several jurisdictions", "Several languages")
	w.whole(false)
	w.click("Probably one mailbox twice")
	w.says("b•••@e•••.com", "B•••@e•••.com")
	w.whole(false)
	w.click("b•••@e•••.com")
	w.says("To look at", "Probably one mailbox twice")
	w.whole(false)
}
