//go:build pictures

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// folder is where pictures go: DIR of make screenshots.
func folder(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DIR")
	if dir == "" {
		t.Fatal("DIR names no folder")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// framesSeen brings every frame of a page into view once: Chromium paints none
// that was never seen.
const framesSeen = `(async () => {
  const frames = document.querySelectorAll("iframe");
  for (const frame of frames) {
    frame.scrollIntoView();
    for (let n = 0; n < 30; n++) await new Promise(requestAnimationFrame);
  }
  return frames.length;
})()`

// picture keeps what a page looks like, whole.
func (w *window) picture(path string) {
	w.t.Helper()
	eval[int](w, framesSeen)
	if err := os.WriteFile(path, read(w, chromedp.FullScreenshot(100)), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// phone is a narrow window with scripts.
var phone = view{width: 390, scripts: true}

// TestPictures takes a picture of every page, at a desk and on a phone, light
// and dark.
func TestPictures(t *testing.T) {
	dir := folder(t)
	for _, v := range []view{desk, phone, {width: 1280, scripts: true, dark: true}} {
		people := map[string]*window{}
		for _, p := range pages {
			w := people[p.who]
			if w == nil {
				w = open(t, v)
				if p.who != "" {
					w.signInAs(p.who)
				}
				people[p.who] = w
			}
			w.visit(p.path)
			w.picture(filepath.Join(dir, pictureName(p.who, p.path, v)))
		}
	}
}

func pictureName(who, path string, v view) string {
	name := strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path), "-")
	if name == "" {
		name = "home"
	}
	if v.dark {
		name += "-dark"
	}
	return strconv.FormatInt(v.width, 10) + "-" + name + "-" + strings.ToLower(who) + ".png"
}

// TestPicturesOfTheReadme takes those that the README shows.
func TestPicturesOfTheReadme(t *testing.T) {
	dir := folder(t)
	ada := open(t, desk)
	ada.signInAs("Ada")
	ada.visit("/incidents/inc_1")
	ada.picture(filepath.Join(dir, "readme-incident.png"))
	ada.visit("/campaigns/" + up.Broad + "/approve")
	ada.picture(filepath.Join(dir, "readme-approve.png"))
	ada.fill("code", ada.nextCode())
	ada.click("Approve for 4,880 people")
	cem := open(t, desk)
	cem.signInAs("Cem")
	cem.click("Send to 4,880 people")
	cem.fill("code", cem.nextCode())
	cem.fill("confirm_recipients", "4880")
	cem.click("Send to 4,880 people")
	cem.waitFor(`document.body.innerText.includes("accepted") && Number(document.querySelectorAll(".fw-sum__number")[1].innerText.replace(",", "")) > 1500`)
	cem.picture(filepath.Join(dir, "readme-live.png"))
	dee := open(t, phone)
	dee.signInAs("Dee")
	dee.visit("/deliveries/dlv_1-1")
	dee.picture(filepath.Join(dir, "readme-delivery-390.png"))
}
