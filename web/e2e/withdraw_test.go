package e2e

import "testing"

const earlierExport = "email,name,plan\nana@example.com,Ana,pro\nben@example.org,Ben,pro\ncy@example.com,Cy,free\n"

const laterExport = "email,name,plan\nana@example.com,Ana,free\nben@example.org,Ben,pro\ndot@example.com,Dot,free\nno address,X,pro\n"

// Ops import a newer export, see what it changes, and take the wrong one back.
func TestAWrongListIsComparedAndWithdrawn(t *testing.T) {
	for name, v := range map[string]view{"at a desk": desk, "on a phone without scripts": {width: 390}} {
		t.Run(name, func(t *testing.T) {
			w := open(t, v)
			w.signInAs("Cem")
			incident := w.newIncident("Withdrawn " + name)
			w.upload(incident, "earlier.csv", earlierExport)
			w.click("Import 3 rows")
			w.until(w.where(), "new people")
			w.upload(incident, "later.csv", laterExport)
			w.click("Import 4 rows")
			later := w.where()
			w.until(later, "new people")

			w.click("Compare with another list")
			w.whole(v.scripts)
			w.click("Compare")
			w.says("‘later.csv’ against ‘earlier.csv’, person by person.", "1 new person", "d•••@e•••.com", "1 changed person", "1 person gone")
			w.sums("4 people in both lists together = 1 the same + 1 changed + 1 new + 1 gone")
			w.whole(v.scripts)

			w.visit(later)
			w.click("Withdraw this list")
			w.says("Its 4 rows stay on record")
			w.sums("3 people = 1 in no other list: they leave the incident + 2 in other lists too: they stay")
			w.whole(v.scripts)
			w.fill("confirm_rows", "5")
			w.fill("reason", "It was the export of another brand")
			w.click("Withdraw this list")
			w.says("You typed 5, the list has 4 rows – nothing was withdrawn – compare, type again.")
			w.whole(v.scripts)
			w.fill("confirm_rows", "4")
			w.click("Withdraw this list")
			w.until(later, "1 person was in no other list and left the incident.")
			w.says("withdrew this list: It was the export of another brand", "Withdrawn")
			w.sums("4 rows = 1 new people + 2 known people + 1 refused")
			w.whole(v.scripts)
			w.visit(incident)
			w.says("3 people")
		})
	}
}
