// Command faults runs the fault rows of the guarantees against the program in
// its production form: an API process and workers of the real binary, a private
// PostgreSQL and Redis, and a scripted relay whose own record is the oracle. It
// prints one line for each row and ends non-zero when one failed.
//
// It needs FORTHWITH_TEST_DATABASE and FORTHWITH_TEST_REDIS, as make faults
// sets them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"forthwith/internal/stage"
)

// row is one fault of the guarantees.
type row struct {
	name string
	run  func(ctx context.Context, o options, seed uint64) (string, error)
}

// onDemand are rows that the short form runs only by name: F16 builds the
// program and Go's own library anew, which takes minutes the first time.
var onDemand = map[string]bool{"F16": true}

// alone are rows that no other may run beside: F23 counts messages by the second,
// F19 ends a worker within the three seconds that answers take.
var alone = map[string]bool{"F19": true, "F23": true}

// options say how large a run is and how fast its clock goes.
type options struct {
	stage.Options
	size  int // how many people
	short bool
}

// rows are all of them, the longest first, so that no run is left with one when
// the others have ended.
var rows = []row{
	{"F12", runF12}, {"F8", runF8}, {"lookups", runLookups}, {"F13", runF13}, {"F7", runF7},
	{"naive", runNaive}, {"F1", runF1}, {"F2", runF2}, {"F3", runF3}, {"F4", runF4}, {"F5", runF5}, {"F6", runF6},
	{"shut", runShut}, {"rule", runRule}, {"lists", runLists}, {"gates", runGates}, {"signed", runSigned}, {"privacy", runPrivacy}, {"F9", runF9}, {"F10", runF10},
	{"F11", runF11}, {"F15", runF15}, {"F16", runF16}, {"F17", runF17}, {"F18", runF18}, {"F19", runF19}, {"F20", runF20}, {"F23", runF23}, {"F26", runF26}, {"F28", runF28},
}

func main() {
	short := flag.Bool("short", false, "2,000 people and a faster clock")
	wanted := flag.String("rows", "", "the rows to run, as \"F1 F9\"; all by default")
	beside := flag.String("beside", "", "a folder: rows that others may run beside, each in one of the runs that share the folder")
	lonely := flag.Bool("alone", false, "only rows that no other may run beside")
	people := flag.Int("n", 20_000, "how many people")
	binary := flag.String("binary", "bin/forthwith", "the program")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "the seed of what is random")
	flag.Parse()
	o := options{size: *people, Options: stage.Options{Pace: 1, Binary: *binary}}
	if *short {
		o.size, o.Pace, o.short = min(*people, 2000), 20, true
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen, err := choose(strings.Fields(*wanted), o.short)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("%d people, every wait divided by %g\n", o.size, o.Pace)
	if *lonely || *beside != "" {
		chosen = apart(chosen, *lonely)
	}
	if len(chosen) == 0 {
		fmt.Fprintln(os.Stderr, "no row is left to run")
		os.Exit(2)
	}
	if !runAll(ctx, o, claim(*beside, chosen), *seed) {
		os.Exit(1)
	}
}

// choose gives the rows of these names, or all.
func choose(names []string, short bool) ([]row, error) {
	for _, name := range names {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.name == name }) {
			return nil, fmt.Errorf("there is no row %q", name)
		}
	}
	var chosen []row
	for _, r := range rows {
		byName := slices.Contains(names, r.name)
		switch {
		case len(names) > 0 && !byName:
		case short && onDemand[r.name] && !byName:
			fmt.Printf("%s runs by name: make faults ROWS=%s\n", r.name, r.name)
		default:
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

// apart gives those that must run alone, or those that others may run beside.
func apart(all []row, lonely bool) (some []row) {
	for _, r := range all {
		if alone[r.name] == lonely {
			some = append(some, r)
		}
	}
	return some
}

// claim gives one row after the other that no other run with this folder has
// taken: whoever is free takes the next. Without a folder it gives all.
func claim(folder string, all []row) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for _, r := range all {
			if folder != "" {
				f, err := os.OpenFile(filepath.Join(folder, r.name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if errors.Is(err, fs.ErrExist) {
					continue
				}
				if err == nil {
					err = f.Close()
				}
				if err != nil {
					yield(r, fmt.Errorf("claim %s: %w", r.name, err))
					return
				}
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// runAll runs rows one after the other: each has a world of its own. Where all
// rows were taken by others there is nothing to fail.
func runAll(ctx context.Context, o options, chosen iter.Seq2[row, error], seed uint64) bool {
	passed, failed := 0, 0
	for r, err := range chosen {
		begun := time.Now()
		figures := ""
		if err == nil {
			figures, err = r.run(ctx, o, seed)
		}
		took := time.Since(begun).Round(100 * time.Millisecond)
		if err != nil {
			failed++
			fmt.Printf("%s FAILED %v (%s) seconds=%.1f seed=%d\n", r.name, err, figures, took.Seconds(), seed)
			continue
		}
		passed++
		fmt.Printf("%s ok %s seconds=%.1f seed=%d\n", r.name, figures, took.Seconds(), seed)
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	return failed == 0
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0xfa17)) }
