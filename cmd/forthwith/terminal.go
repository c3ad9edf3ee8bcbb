package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"forthwith/internal/phrase"
)

// terminal tells a story as lines and progress bars. Where the output is no
// terminal, a bar is written at most once a second.
type terminal struct {
	out   io.Writer
	live  bool
	mu    sync.Mutex
	last  time.Time
	bar   bool // the cursor stands behind a bar
	shown string
}

func newTerminal(f *os.File) *terminal {
	info, err := f.Stat()
	return &terminal{out: f, live: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

// Step writes a line.
func (t *terminal) Step(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.endBar()
	fmt.Fprintln(t.out, "• "+text)
}

func (t *terminal) endBar() {
	if t.bar {
		fmt.Fprintln(t.out)
	}
	t.bar, t.shown = false, ""
}

const barWidth = 32

// Progress draws a bar with figures that add up.
func (t *terminal) Progress(text string, done, total int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if total == 0 || (done < total && time.Since(t.last) < t.rhythm()) {
		return
	}
	t.last = time.Now()
	full := int(done * barWidth / total)
	bar := strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	line := "  " + phrase.Say("story_bar", map[string]any{"name": text, "bar": bar, "done": done, "waiting": total - done, "total": total})
	if line == t.shown {
		return
	}
	t.shown = line
	if t.live {
		fmt.Fprint(t.out, "\r"+line)
		t.bar = true
		return
	}
	fmt.Fprintln(t.out, line)
}

func (t *terminal) rhythm() time.Duration {
	if t.live {
		return 100 * time.Millisecond
	}
	return time.Second
}
