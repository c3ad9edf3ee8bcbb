//go:build million

package e2e

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestAMillionRowsAreWatched imports a file of a million rows in the browser: the
// progress moves, the page answers meanwhile, a second file is cancelled, and the
// memory of the program stays bounded. go test -tags million, behind the servers.
func TestAMillionRowsAreWatched(t *testing.T) {
	w := open(t, desk)
	w.signInAs("Cem")
	incident := w.newIncident("A breach of a million")
	first, second := millionRows(t, "a"), millionRows(t, "b")

	w.uploads(incident, first)
	began, idle := time.Now(), resident(t)
	var seen []int
	most := idle
	for tick := time.Tick(250 * time.Millisecond); !strings.Contains(w.text(), "new people"); <-tick {
		if m := percentRead.FindStringSubmatch(w.text()); m != nil {
			n, _ := strconv.Atoi(m[1])
			seen = append(seen, n)
		}
		most = max(most, resident(t))
		if time.Since(began) > 5*time.Minute {
			t.Fatalf("it stays at %v", seen)
		}
	}
	took := time.Since(began)
	w.says("1,000,000")
	w.whole(true)
	if steps := len(slices.Compact(slices.Clone(seen))); steps < 3 || !slices.IsSorted(seen) {
		t.Errorf("progress was %v", seen)
	}

	w.uploads(incident, second)
	w.click("Cancel the import")
	w.presses("Cancel the import")
	w.waitFor(`document.body.innerText.includes("Cancelled")`)
	t.Logf("1,000,000 rows watched for %s: %d steps of progress; %d MiB before, %d MiB at most", took.Round(time.Second), len(slices.Compact(seen)), idle>>10, most>>10)
}

var percentRead = regexp.MustCompile(`(\d+) % of the file is read`)

// uploads sends a file and confirms its import.
func (w *window) uploads(incident, file string) {
	w.t.Helper()
	w.visit(incident + "/lists")
	w.do(chromedp.SetUploadFiles(chromedp.CSS(`[name="file"]`), []string{file}))
	w.click("Upload")
	w.click("Import this list")
}

// millionRows is a file of made-up people.
func millionRows(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriter(f)
	fmt.Fprintln(out, "email,name,jurisdiction,locale,plan,phone,since,account")
	for i := range 1_000_000 {
		fmt.Fprintf(out, "%s%d@example.com,Person %d,US-%s,en,%s,+1 555 %07d,20%02d-%02d-%02d,A-%d\n", name, i, i, []string{"CA", "MA", "NY", "TX"}[i%4], []string{"free", "pro"}[i%2], i, 10+i%13, 1+i%12, 1+i%28, i)
	}
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// resident is the memory of the program in KiB.
func resident(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", up.pid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
