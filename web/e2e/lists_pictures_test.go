//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfAWrongList takes how a list is compared and taken back.
func TestPicturesOfAWrongList(t *testing.T) {
	dir := folder(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Cem")
		incident := w.newIncident("Withdrawn " + name)
		w.upload(incident, "earlier.csv", earlierExport)
		w.click("Import 3 rows")
		earlier := w.where()
		w.until(earlier, "new people")
		w.upload(incident, "later.csv", laterExport)
		w.click("Import 4 rows")
		later := w.where()
		w.until(later, "new people")
		w.picture(filepath.Join(dir, "list-imported-"+name+".png"))
		w.click("Compare with another list")
		w.click("Compare")
		w.picture(filepath.Join(dir, "list-diff-"+name+".png"))
		w.visit(later + "/withdraw")
		w.picture(filepath.Join(dir, "list-withdraw-"+name+".png"))
		w.fill("confirm_rows", "4")
		w.fill("reason", "It was the export of another brand")
		w.click("Withdraw this list")
		w.until(later, "left the incident.")
		w.picture(filepath.Join(dir, "list-withdrawn-"+name+".png"))
		w.visit("/lists/lst_1/withdraw")
		w.picture(filepath.Join(dir, "list-withdraw-sample-"+name+".png"))
	}
}

// TestPicturesOfFlags takes whom somebody should look at, in the sample.
func TestPicturesOfFlags(t *testing.T) {
	dir := folder(t)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Cem")
		incident := w.newIncident("Flags " + name)
		w.upload(incident, "people.csv", flaggedPeople)
		w.click("Import 7 rows")
		w.until(w.where(), "new people")
		w.visit(incident + "/lists")
		w.click("People to look at before they are told")
		w.picture(filepath.Join(dir, "flags-"+name+".png"))
		w.visit(incident + "/flags?flag=similar_address")
		w.picture(filepath.Join(dir, "flags-people-"+name+".png"))
	}
}
