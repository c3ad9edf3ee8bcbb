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
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
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

// alone are rows that no other may run beside: F23 counts messages by the second.
var alone = map[string]bool{"F23": true}

// options say how large a run is and how fast its clock goes.
type options struct {
	stage.Options
	size  int // how many people
	short bool
}

var rows = []row{
	{"naive", runNaive}, {"F1", runF1}, {"F2", runF2}, {"F3", runF3}, {"F4", runF4}, {"F5", runF5}, {"F6", runF6},
	{"F7", runF7}, {"F8", runF8}, {"shut", runShut}, {"rule", runRule}, {"lists", runLists}, {"gates", runGates}, {"lookups", runLookups}, {"signed", runSigned}, {"privacy", runPrivacy}, {"F9", runF9}, {"F10", runF10},
	{"F11", runF11}, {"F12", runF12}, {"F13", runF13}, {"F15", runF15}, {"F16", runF16}, {"F17", runF17}, {"F18", runF18}, {"F19", runF19}, {"F20", runF20}, {"F23", runF23}, {"F26", runF26}, {"F28", runF28},
}

func main() {
	short := flag.Bool("short", false, "2,000 people and a faster clock")
	wanted := flag.String("rows", "", "the rows to run, as \"F1 F9\"; all by default")
	share := flag.String("share", "", "of them one share, as \"1/2\", for two runs at once, or \"alone\"")
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
	chosen, err := choose(strings.Fields(*wanted), *share, o.short)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("%d people, every wait divided by %g\n", o.size, o.Pace)
	if !runAll(ctx, o, chosen, *seed) {
		os.Exit(1)
	}
}

// choose gives the rows of these names, or all; of a share those that no other
// share has. A row that must run alone is in the share of that name only.
func choose(names []string, share string, short bool) ([]row, error) {
	n, of := 1, 1
	if share != "" && share != "alone" {
		if _, err := fmt.Sscanf(share, "%d/%d", &n, &of); err != nil || n < 1 || n > of {
			return nil, fmt.Errorf("%q is no share: say 1/2, or alone", share)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(rows, func(r row) bool { return r.name == name }) {
			return nil, fmt.Errorf("there is no row %q", name)
		}
	}
	var chosen []row
	for i, r := range rows {
		byName := slices.Contains(names, r.name)
		switch {
		case len(names) > 0 && !byName, i%of != n-1, share != "" && alone[r.name] != (share == "alone"):
		case short && onDemand[r.name] && !byName:
			fmt.Printf("%s runs by name: make faults ROWS=%s\n", r.name, r.name)
		default:
			chosen = append(chosen, r)
		}
	}
	return chosen, nil
}

// runAll runs rows one after the other: each has a world of its own.
func runAll(ctx context.Context, o options, chosen []row, seed uint64) bool {
	passed, failed := 0, 0
	for _, r := range chosen {
		begun := time.Now()
		figures, err := r.run(ctx, o, seed)
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
	return failed == 0 && passed > 0
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0xfa17)) }
