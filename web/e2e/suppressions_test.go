package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A file of addresses is taken in by ops, every line of it is accounted for, and
// legal releases what it brought, by keyboard; nobody reads an address again.
func TestAFileOfSuppressionsIsAccountedForLineByLine(t *testing.T) {
	s := newScene(t)
	n := s.next()
	known := s.suppression("known@example.net")
	w := open(t, view{width: 390, scripts: true})
	w.signInAs("Cem")
	w.visit("/suppressions")
	w.tabTo("Files of suppressions")
	w.enter()
	w.click("Suppress its addresses")
	w.says("Fix this", "No file was chosen – nothing was kept")
	w.tick("source", "register")
	w.fill("reason", "a register <b> of those who want no mail")
	w.attach("file", "none.csv", "email\n")
	w.click("Suppress its addresses")
	w.says("Fix this", "The file has no address – nothing was kept")
	w.whole(true)
	if typed := eval[string](w, `document.getElementsByName("reason")[0].value + document.querySelector("[name=source]:checked").value`); typed != "a register <b> of those who want no mailregister" {
		t.Errorf("what was typed is lost: %q", typed)
	}
	w.attach("file", "list.csv", fmt.Sprintf("Email;since\nnew%[1]d@example.net;1\nnew.too%[1]d@example.net;2\nNEW%[1]d@example.net;3\nnew%[1]d@EXAMPLE.net;4\n;5\n\nnobody;6\nx@localhost;7\n", n))
	w.click("Suppress its addresses")
	w.sums("7 lines = 3 added + 1 known before + 3 refused")
	w.says("a register <b> of those who want no mail", "They are in a register", "Lines that were refused")
	w.tableSays("Line 6 The cell is empty", "Line 8 The cell holds no @", "Line 9 The address is of this machine itself")
	if strings.Contains(w.text(), "example.net") || strings.Contains(w.text(), "list.csv") {
		t.Error("the page tells an address, or the name of the file")
	}
	w.says("Legal can release it.")
	w.whole(true)
	file := w.where()
	s.people["Ada"].does(known, known, map[string]string{"reason": "they called"})

	w = open(t, desk)
	w.signInAs("Ada")
	w.visit("/suppressions/files")
	w.says("7 lines = 3 added + 1 known before + 3 refused", "3 added = 3 still holding")
	w.whole(true)
	w.visit(file)
	w.tabTo("[reason]")
	w.tabTo("Release 3 suppressions")
	w.enter()
	w.says("Fix this")
	w.tabTo("[reason]")
	w.typed("it was the wrong register")
	w.tabTo("Release 3 suppressions")
	w.enter()
	w.says("Last released", "it was the wrong register")
	if got := eval[string](w, `document.querySelectorAll(".fw-sum__bar")[1].getAttribute("aria-label")`); got != "3 added = 3 released" {
		t.Errorf("released, the bar says %q", got)
	}
	w.whole(true)
	if got := s.people["Dee"].get(file); strings.Contains(got.body, `name="reason"`) || !strings.Contains(got.body, "Lines that were refused") {
		t.Errorf("an auditor is offered to release it: %d", got.status)
	}
	if got := s.people["Dee"].get("/suppressions/files"); strings.Contains(got.body, `type="file"`) || !strings.Contains(got.body, "Ops or legal upload files.") {
		t.Errorf("an auditor is offered to upload one: %d", got.status)
	}
}

// tableSays demands rows of the page's table that begin so.
func (w *window) tableSays(rows ...string) {
	w.t.Helper()
	got := eval[[]string](w, `[...document.querySelectorAll("tbody tr")].map((r) => [...r.cells].map((c) => c.textContent.trim()).join(" "))`)
	if len(got) != len(rows) {
		w.t.Fatalf("the table has %q, want %q", got, rows)
	}
	for i, row := range rows {
		if !strings.HasPrefix(got[i], row) {
			w.t.Errorf("row %d is %q, want %q", i+1, got[i], row)
		}
	}
}

// A file as large as one may be is taken in, and one that is larger is refused
// with what was typed kept.
func TestTheLargestFileOfSuppressionsIsTakenIn(t *testing.T) {
	s := newScene(t)
	const page, most = "/suppressions/files", 200_000
	n := s.next()
	var lines strings.Builder
	for i := range most {
		if i%1000 == 999 {
			lines.WriteString("nobody\n")
			continue
		}
		fmt.Fprintf(&lines, "l%d-%d@example.net\n", n, i)
	}
	typed := map[string]string{"source": "opt_out", "reason": "all who opted out", "file": "l.csv\n" + lines.String()}
	file := s.people["Cem"].does(page, page, typed)
	w := open(t, desk)
	w.signInAs("Ada")
	w.visit(file)
	w.sums("200,000 lines = 199,800 added + 200 refused")
	w.click("Next page")
	w.says("Line 51,000")
	typed["file"] += "one@example.net\n"
	if got := s.people["Cem"].submit(page, page, typed); got.status != 422 || !strings.Contains(got.body, "The file has more than 200,000 lines – nothing was kept – split it.") || !strings.Contains(got.body, "all who opted out") {
		t.Errorf("one line more: %d %s", got.status, refusal(got.body))
	}
	typed["file"] = "l.csv\n" + strings.Repeat(strings.Repeat("x", 1023)+"\n", 17<<10)
	if got := s.people["Cem"].submit(page, page, typed); got.status != 413 || !strings.Contains(got.body, "The file is over 16 MiB – nothing was kept – split it.") || !strings.Contains(got.body, "all who opted out") {
		t.Errorf("17 MiB: %d %s", got.status, refusal(got.body))
	}
	s.people["Ada"].does(file, file, map[string]string{"reason": "it was a test"})
	w.visit(file)
	w.says("199,800", "released", "it was a test")
}
