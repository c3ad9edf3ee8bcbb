package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// event is a line of `go test -json`.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// tally turns go test's events into one line for each package, the output of
// what failed, and the number of tests at the end. A test with subtests counts
// beside them.
type tally struct {
	out                     io.Writer
	rest                    []byte
	kept                    map[string]*strings.Builder // output by package and test
	passed, failed, skipped int
	broken                  bool            // something did not build
	failing                 map[string]bool // packages with a failed test
}

func newTally(out io.Writer) *tally {
	return &tally{out: out, kept: map[string]*strings.Builder{}, failing: map[string]bool{}}
}

// Write takes any slice of the stream.
func (t *tally) Write(p []byte) (int, error) {
	t.rest = append(t.rest, p...)
	for {
		line, rest, found := bytes.Cut(t.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		t.rest = rest
		var e event
		if len(line) == 0 || line[0] != '{' || json.Unmarshal(line, &e) != nil {
			fmt.Fprintf(t.out, "%s\n", line)
			continue
		}
		t.take(e)
	}
}

func (t *tally) take(e event) {
	key := e.Package + "\x00" + e.Test
	switch {
	case e.Action == "output":
		t.keep(key, e.Output)
	case e.Action == "build-output":
		fmt.Fprint(t.out, e.Output)
	case e.Action == "build-fail":
		t.broken = true
	case e.Test == "":
		t.pkg(e, key)
	default:
		t.test(e, key)
	}
}

func (t *tally) keep(key, text string) {
	b, ok := t.kept[key]
	if !ok {
		b = &strings.Builder{}
		t.kept[key] = b
	}
	b.WriteString(text)
}

func (t *tally) test(e event, key string) {
	switch e.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		t.show(key)
	case "fail":
		t.failed++
		t.failing[e.Package] = true
		t.show(key)
	default:
		return
	}
	delete(t.kept, key)
}

func (t *tally) pkg(e event, key string) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(t.out, "ok    %s  %.1f s\n", e.Package, e.Elapsed)
	case "fail":
		t.showUnfinished(e.Package)
		if !t.failing[e.Package] {
			t.failed++ // it failed outside its tests: not built, a panic at its start
		}
		t.show(key)
		fmt.Fprintf(t.out, "FAIL  %s  %.1f s\n", e.Package, e.Elapsed)
	}
	if e.Action == "pass" || e.Action == "fail" || e.Action == "skip" {
		delete(t.kept, key)
	}
}

// showUnfinished prints what tests had said when their process died: a panic
// and a time-out never bring them to an end.
func (t *tally) showUnfinished(pkg string) {
	for key := range t.kept {
		if name, ok := strings.CutPrefix(key, pkg+"\x00"); ok && name != "" {
			t.failed++
			t.failing[pkg] = true
			t.show(key)
			delete(t.kept, key)
		}
	}
}

func (t *tally) show(key string) {
	if b, ok := t.kept[key]; ok {
		fmt.Fprint(t.out, b.String())
	}
}

// close prints the closing line and gives the exit code that the counts
// deserve.
func (t *tally) close() int {
	if t.skipped > 0 {
		fmt.Fprintln(t.out, phrase.Say("tests_skipped", fault.Values{"skipped": t.skipped}))
	}
	if t.passed+t.failed+t.skipped == 0 {
		fmt.Fprintln(t.out, phrase.Say("tests_none", nil))
	}
	fmt.Fprintln(t.out, phrase.Say("tests_counted", fault.Values{"passed": strconv.Itoa(t.passed), "failed": strconv.Itoa(t.failed)}))
	if t.failed > 0 || t.skipped > 0 || t.broken || t.passed == 0 {
		return 1
	}
	return 0
}
