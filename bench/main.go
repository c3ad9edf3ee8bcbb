package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

// result is one line of the table, and of bench/results.json.
type result struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Limit float64 `json:"limit"`
	Ratio float64 `json:"ratio"`
}

// size of a run.
type size struct {
	people, rounds, rows, many int
	binary, profile            string
}

// connections is how many each side of a send may open.
const connections = 64

func main() {
	sink := flag.Bool("sink", false, "be the sink of a run")
	pipelining := flag.Bool("pipelining", false, "the sink offers PIPELINING")
	slow := flag.Bool("slow", false, "the sink takes 2 ms for a command and 10 ms before its last answer")
	people := flag.Int("n", 50_000, "messages a round")
	rounds := flag.Int("rounds", 5, "rounds")
	rows := flag.Int("rows", 1_000_000, "rows of the import")
	many := flag.Int("many", 1_000_000, "people of the large incident whose pages are timed")
	profile := flag.String("profile", "", "a file for the worker's CPU profile of one round of the send")
	binary := flag.String("binary", "bin/forthwith", "the program")
	flag.Parse()
	if *sink {
		if err := beSink(sinkConfig(*pipelining, *slow)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, size{*people, *rounds, *rows, *many, *binary, *profile}, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s size, names []string) error {
	var all []result
	for _, part := range []struct {
		names []string
		run   func(context.Context, size) ([]result, error)
	}{{[]string{"send", "send_raw"}, benchSend}, {[]string{"send_pipelined"}, pipelined.run}, {[]string{"send_ed25519"}, ed25519.run}, {[]string{"send_rsa2048"}, rsa2048.run},
		{[]string{"send_latency"}, latency.run}, {[]string{"wal_per_delivery", "bytes_per_delivery"}, benchFootprint}, {[]string{"launch_latency", "pause_latency"}, benchSteering}, {[]string{"import", "import_memory"}, benchImport}, {[]string{"cohort_size", "freeze"}, benchCohorts}, {[]string{"send_memory", "send_memory_growth"}, benchMemory},
		{[]string{"preflight", "preflight_composing", "preflight_memory"}, benchPreflight},
		{[]string{"lint"}, benchLint}, {[]string{"preview", "preview_p95"}, benchPreview},
		{[]string{"pages_sample", "pages", "page_weight", "live_views"}, benchPages}, {[]string{"genuine_timing", "genuine_guesses"}, benchGenuine}} {
		if len(names) > 0 && !slices.ContainsFunc(part.names, func(n string) bool { return slices.Contains(names, n) }) {
			continue
		}
		got, err := part.run(ctx, s)
		if err != nil {
			return err
		}
		all = append(all, got...)
	}
	fmt.Printf("%-14s %12s %12s %-10s %6s\n", "name", "value", "limit", "unit", "ratio")
	for _, r := range all {
		fmt.Printf("%-14s %12.3f %12.3f %-10s %6.2f\n", r.Name, r.Value, r.Limit, r.Unit, r.Ratio)
	}
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile("bench/results.json", append(raw, '\n'), 0o644)
}

func median(v []float64) float64 {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}

func ratio(name, unit string, value, limit []float64) result {
	r := result{Name: name, Value: median(value), Unit: unit, Limit: median(limit)}
	r.Ratio = r.Value / r.Limit
	return r
}

// of holds a value against a bound that it must not pass.
func of(name, unit string, value, limit float64) result {
	return result{Name: name, Value: value, Unit: unit, Limit: limit, Ratio: value / limit}
}
