package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is what the kernel counts processor time in (USER_HZ).
const tick = 10 * time.Millisecond

// cost is the processor time that a send took of each program, by its name.
type cost map[string]time.Duration

// costs reads what every process of this machine has used so far. The programs
// of a run are its only busy ones.
func costs() cost {
	all := cost{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		name, used := readStat(string(raw))
		if name == "forthwith" || name == "bench" {
			name += " " + argument(filepath.Dir(path))
		}
		all[name] += used
	}
	return all
}

// readStat gives a program's name and its time in user and system mode, the
// 14th and 15th field of proc(5).
func readStat(stat string) (name string, used time.Duration) {
	_, rest, _ := strings.Cut(stat, "(")
	end := strings.LastIndex(rest, ")")
	if end < 0 {
		return "", 0
	}
	fields := strings.Fields(rest[end+1:])
	if len(fields) < 13 {
		return "", 0
	}
	for _, f := range fields[11:13] {
		n, _ := strconv.ParseInt(f, 10, 64) // a number, says the kernel
		used += time.Duration(n) * tick
	}
	return rest[:end], used
}

// argument is the first word behind a program's name.
func argument(dir string) string {
	raw, _ := os.ReadFile(filepath.Join(dir, "cmdline")) // none: it has ended
	words := strings.Split(string(raw), "\x00")
	if len(words) < 2 {
		return ""
	}
	return words[1]
}

// since says in microseconds a message what has been used since an earlier
// reading.
func (c cost) since(before cost, messages int64) string {
	var out []string
	for _, p := range []struct{ name, is string }{{"worker", "forthwith worker"}, {"database", "postgres"}, {"redis", "redis-server"}, {"sink", "bench -sink"}} {
		out = append(out, fmt.Sprintf("%s %.0f", p.name, float64((c[p.is]-before[p.is]).Microseconds())/float64(messages)))
	}
	return strings.Join(out, ", ")
}
