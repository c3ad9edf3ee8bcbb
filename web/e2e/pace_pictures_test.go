//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfAPace takes the form with everything about parts, hours and
// domains open and wrong, and the plan that is made of it.
func TestPicturesOfAPace(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	plan := s.checkedPlan()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Cem")
		w.visit(plan + "/edit")
		w.fill("ramp", "ten")
		w.fill("max_per_domain", "example.com")
		w.picture(filepath.Join(dir, "pace-form-"+name+".png"))
		w.click("Save and check")
		w.picture(filepath.Join(dir, "pace-wrong-"+name+".png"))
		w.visit(plan)
		w.picture(filepath.Join(dir, "pace-plan-"+name+".png"))
	}
}

// TestPicturesOfAnAmendment takes what ops asks for and what legal decides on.
func TestPicturesOfAnAmendment(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	running := s.runningCampaign()
	s.people["Cem"].does(running+"/pause", running+"/pause", map[string]string{"reason": "because"})
	asked := s.amendmentOf(running)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for who, path := range map[string]string{"Cem": running + "/amend", "Ada": asked, "Dee": running} {
			w := open(t, v)
			w.signInAs(who)
			w.visit(path)
			w.picture(filepath.Join(dir, "amendment-"+who+"-"+name+".png"))
		}
	}
}

// TestPicturesOfAlerts takes what people are told of at once, before and after
// somebody has seen it, and the rule of a relay.
func TestPicturesOfAlerts(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	alerts := s.alerted()
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, page := range map[string]struct{ who, path string }{"home": {"Cem", "/"}, "list": {"Cem", alerts}, "reader": {"Ada", alerts}, "relay": {"Eli", s.relay}} {
			w := open(t, v)
			w.signInAs(page.who)
			w.visit(page.path)
			w.picture(filepath.Join(dir, "alerts-"+what+"-"+name+".png"))
		}
	}
	s.calm()
	w := open(t, desk)
	w.signInAs("Ada")
	w.visit(alerts + "?state=acknowledged")
	w.picture(filepath.Join(dir, "alerts-seen-1280.png"))
}

// TestPicturesOfASlowerSend takes the page that slows a send down, and what it
// says to a number that is none.
func TestPicturesOfASlowerSend(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	page := s.runningCampaign() + "/pace"
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		w := open(t, v)
		w.signInAs("Cem")
		w.visit(page)
		w.fill("max_rate_per_second", "fast")
		w.click("Slow it down")
		w.picture(filepath.Join(dir, "slower-"+name+".png"))
	}
}

// TestPicturesOfObjects takes a file with an object on each line
// before and after its import, and a send that can be slowed down.
func TestPicturesOfObjects(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	cem, page := s.people["Cem"], s.incident+"/lists"
	waiting := cem.does(page, page, map[string]string{"file": "people.ndjson\n{\"email\":\"ann@example.org\",\"name\":\"Ann\",\"plan\":{\"name\":\"pro\"}}\nno object\n{\"email\":\"ben@example.org\",\"state\":\"CA\"}\n"})
	running := s.runningCampaign()
	shot := func(what, path string) {
		for name, v := range map[string]view{"1280": desk, "390": phone} {
			w := open(t, v)
			w.signInAs("Cem")
			w.visit(path)
			w.picture(filepath.Join(dir, "objects-"+what+"-"+name+".png"))
		}
	}
	shot("waiting", waiting)
	cem.does(waiting, waiting, nil)
	cem.await(waiting, "new people")
	shot("imported", waiting)
	shot("campaign", running)
}
