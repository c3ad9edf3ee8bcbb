package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// wrongClock is added to package time of the program that F16 builds.
//
//go:embed clock.go.txt
var wrongClock string

// misled builds the program over a package time whose wall clock can be wrong.
// Go reads the clock without a library call, so that nothing can be put between
// from outside; the product itself has no such switch.
func misled(ctx context.Context, folder string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("find Go: %w", err)
	}
	at := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(at, "time.go"))
	if err != nil {
		return "", err
	}
	const now = "\nfunc Now() Time {"
	if strings.Count(string(source), now) != 1 {
		return "", fmt.Errorf("this Go tells the time in another way")
	}
	instead := map[string]string{}
	for name, text := range map[string]string{
		"time.go":        strings.Replace(string(source), now, "\nfunc rightNow() Time {", 1),
		"wrong_clock.go": wrongClock,
	} {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return "", err
		}
		instead[filepath.Join(at, name)] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": instead})
	if err != nil {
		return "", err
	}
	list, binary := filepath.Join(folder, "overlay.json"), filepath.Join(folder, "forthwith")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	out, err := exec.CommandContext(ctx, "go", "build", "-overlay", list, "-o", binary, "./cmd/forthwith").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build with a wrong clock: %w: %s", err, out)
	}
	return binary, nil
}

// off is a worker's clock: how wrong it is, and how wrong after a while.
func off(first, then, after time.Duration) []string {
	return []string{fmt.Sprintf("FAULTS_CLOCK=%.0f %.0f %d", first.Seconds(), then.Seconds(), after.Nanoseconds())}
}

const day = 24 * time.Hour

// clocks are those of F16's workers. The send begins after about so long.
func clocks(begins time.Duration) ([][]string, error) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		return nil, err
	}
	_, change := time.Now().In(berlin).ZoneBounds()
	summer := time.Until(change) - begins - 5*time.Second
	return [][]string{
		off(time.Hour, -time.Hour, begins+4*time.Second), // set back by two hours on the way
		off(-day, day, begins+6*time.Second),             // set forward by two days on the way
		off(5*time.Minute, 5*time.Minute, 0),
		off(day, day, 0),
		append(off(summer, summer, 0), "TZ=Europe/Berlin"), // its hour changes while it sends
	}, nil
}

// runF16: every worker's wall clock is wrong in its own way, against those of
// the database, of Redis and of the relay, which are right; two are set on the
// way, one lives through a change to or from summer time, and what Redis
// remembers of the rate is moved as if its clock had been set. A scheduled send
// begins when its time has come and not before, at its rate, once for each.
func runF16(ctx context.Context, o options, seed uint64) (string, error) {
	begins := 10*time.Second + time.Duration(o.size)*time.Millisecond
	wrong, err := clocks(begins)
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "forthwith-clock-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	if o.Binary, err = misled(ctx, folder); err != nil {
		return "", err
	}
	const putOff = 6
	rate := math.Ceil(float64(o.size) / 20)
	return scene{clocks: wrong, begins: begins, rate: rate, before: func(_ context.Context, w *world) error {
		w.Relay.On(relaytest.Rule{At: relaytest.Rcpt, Do: relaytest.Action{Code: 450, Enhanced: "4.2.1"}, Match: oneIn(40), Times: putOff})
		return nil
	}, during: func(ctx context.Context, w *world) (string, error) {
		late, err := w.punctual(ctx)
		if err != nil {
			return "", err
		}
		for i, by := range []time.Duration{time.Hour, -time.Hour, day, -day} {
			if err := w.answered(ctx, (i+1)*o.size/8); err != nil {
				return "", err
			}
			if err := w.setRedis(ctx, by); err != nil {
				return "", err
			}
		}
		return fmt.Sprintf("late_s=%.1f", late.Seconds()), nil
	}, after: func(ctx context.Context, w *world, v verdict) error {
		if got, most := busiest(w.Relay.Events(), time.Second), 1.05*rate+1; float64(got) > most {
			return fmt.Errorf("%d MAIL in a second, at most %.0f are allowed", got, most)
		}
		again, err := w.count(ctx, "SELECT count(*) FROM intent WHERE campaign_no = $1 AND attempt > 1", w.campaign())
		switch soon, soonErr := w.tooSoon(ctx, o.Pace); {
		case err != nil || soonErr != nil:
			return fmt.Errorf("count attempts: %w, %w", err, soonErr)
		case soon > 0 || again != putOff:
			return fmt.Errorf("%d of %d were tried again, %d too soon", again, putOff, soon)
		case v.Accepted != int(w.ToSend) || v.Marked > 0:
			return fmt.Errorf("%d are accepted of %d, %d twice", v.Accepted, w.ToSend, v.Marked)
		}
		return w.dated()
	}}.play(ctx, o, seed)
}

// punctual waits for the first message of a scheduled send, and says how long
// after its time it came. The relay's clock and ours are one.
func (w *world) punctual(ctx context.Context) (time.Duration, error) {
	err := stage.Until(ctx, 5*time.Minute, "the first message", func() (bool, error) { return w.Relay.Count(relaytest.Mail) > 0, nil })
	if err != nil {
		return 0, err
	}
	late := w.Relay.Started().Add(w.Relay.MailTimes()[0]).Sub(*w.Story.At)
	if late < 0 {
		err = fmt.Errorf("the send began %s before its time", -late)
	}
	if late > time.Minute {
		err = fmt.Errorf("the send began %s after its time", late)
	}
	return late, err
}

// setRedis moves what Redis remembers of every rate, as if its clock had been
// set by so much.
func (w *world) setRedis(ctx context.Context, by time.Duration) error {
	client := w.Redis.(*redis.Client)
	keys, err := client.Keys(ctx, "*").Result()
	if err != nil {
		return err
	}
	moved := 0
	for _, key := range keys {
		if kind, err := client.Type(ctx, key).Result(); err != nil || kind != "hash" {
			continue
		}
		at, err := client.HGet(ctx, key, "t").Int64()
		if err != nil {
			continue
		}
		moved++
		if err := client.HSet(ctx, key, "t", strconv.FormatInt(at-by.Microseconds(), 10)).Err(); err != nil {
			return err
		}
	}
	if moved == 0 {
		return fmt.Errorf("no rate stands in Redis")
	}
	return nil
}

// dated holds that letters carry a time of the send, whoever made them. One
// that was put off keeps the date of its first attempt.
func (w *world) dated() error {
	const slack = 2 * time.Minute
	for _, m := range w.Messages() {
		date, err := mail.ParseDate(m.Header("Date"))
		if err != nil {
			return err
		}
		came := w.Relay.Started().Add(m.At)
		if date.Before(w.Story.At.Add(-slack)) || date.After(came.Add(slack)) {
			return fmt.Errorf("a letter is dated %s before it came", came.Sub(date))
		}
	}
	return nil
}
