//go:build pictures

package e2e

import (
	"path/filepath"
	"testing"
)

// TestPicturesOfSenders takes a sender before and after its DNS was looked up,
// and the list of them. Where no DNS is asked the page says that.
func TestPicturesOfSenders(t *testing.T) {
	dir := folder(t)
	s := newScene(t)
	key := s.sender + "/keys/new"
	s.people["Eli"].does(key, key, map[string]string{"algorithm": "rsa2048", "selector": "notice-2026"})
	key = aKey.FindStringSubmatch(s.people["Eli"].get(s.sender).body)[1] + "/use"
	s.people["Eli"].does(key, key, nil)
	fresh := s.people["Eli"].does("/senders/new", "/senders/new", map[string]string{"name": "Not looked up", "from": "other@larkfield.test"})
	s.people["Eli"].does(s.sender, s.sender+"/check", nil)
	for name, v := range map[string]view{"1280": desk, "390": phone} {
		for what, path := range map[string]string{"one": s.sender, "fresh": s.newest("Eli", fresh, "snd"), "list": "/senders"} {
			w := open(t, v)
			w.signInAs("Eli")
			w.visit(path)
			w.picture(filepath.Join(dir, "senders-"+what+"-"+name+".png"))
		}
	}
}
