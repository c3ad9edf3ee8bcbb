package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	wire "github.com/miekg/dns"

	"forthwith/internal/dns/dnstest"
	"forthwith/internal/smtpclient/relaytest"
	"forthwith/internal/stage"
)

// What stands for itself in an address is its first letter: it says what becomes
// of the person.
const (
	flagged = "n" // their domain takes no mail
	spared  = "m" // it takes mail
	late    = "s" // it takes none, and says so only after its servers failed
	lateOK  = "t" // it takes mail, and says so only then
)

// keptAtOnce is how many answers a worker keeps together, so that one which is
// killed has as many asked twice at most.
const keptAtOnce = 256

// manyDomains is how many there are beside the few that are odd: more than are
// kept together.
const manyDomains = 290

// runLookups: after an import the domains of the people are asked about, while
// the servers of two of them fail and the worker is killed on its way. In the end
// exactly those are flagged whose domain takes no mail, and the API has said how
// far it is. Where nobody is to be asked nobody is.
func runLookups(ctx context.Context, o options, _ uint64) (string, error) {
	w, err := open(ctx, o, relaytest.Config{})
	if err != nil {
		return "", err
	}
	defer w.Close()
	names, err := dnstest.Open()
	if err != nil {
		return "", err
	}
	defer names.Close()
	l := &lookups{world: w, names: names, stalled: make(chan struct{}), let: make(chan struct{})}
	l.release = sync.OnceFunc(func() { close(l.let) })
	defer l.release()
	l.tell()
	for _, step := range []func(context.Context) error{l.killed, l.failing, l.mended, l.off} {
		if err := step(ctx); err != nil {
			return l.figures(), err
		}
	}
	return l.figures(), nil
}

// lookups is the run with the server that it asks.
type lookups struct {
	*world
	names   *dnstest.Server
	stalled chan struct{} // closed when the server answers nothing more
	let     chan struct{} // of which release has it answer again
	release func()
	twice   int // domains that were asked about again after the kill
}

// domain is the one of a person of many: odd ones take no mail.
func domain(i int) string { return fmt.Sprintf("d%d.example", i) }

// tell writes down what the server answers. It stalls when a few more names were
// asked about than are kept together.
func (l *lookups) tell() {
	var mu sync.Mutex
	asked, stalls := map[string]bool{}, sync.OnceFunc(func() { close(l.stalled) })
	for i := range manyDomains {
		name := wire.Fqdn(domain(i))
		l.names.Handle(name, func(out wire.ResponseWriter, q *wire.Msg) {
			mu.Lock()
			asked[name] = true
			stall := len(asked) >= keptAtOnce+10
			mu.Unlock()
			if stall {
				stalls()
				<-l.let
			}
			m := dnstest.Reply(q)
			host := []string{"mx." + name, "."}[i%2]
			m.Answer = []wire.RR{&wire.MX{Hdr: wire.RR_Header{Name: name, Rrtype: wire.TypeMX, Class: wire.ClassINET, Ttl: 60}, Mx: host}}
			_ = out.WriteMsg(m)
		})
	}
	l.names.Records("null.example.", "null.example. 60 IN MX 0 .")
	l.names.Records("mail.example.", "mail.example. 60 IN MX 5 mx.mail.example.")
	l.names.Fails("late.example.", wire.RcodeServerFailure)
	l.names.Fails("later.example.", wire.RcodeServerFailure)
}

// list is the file, with how many people have each letter.
func (l *lookups) list() (file string, of map[string]int) {
	people := []string{flagged + "1@null.example", flagged + "2@null.example", flagged + "3@gone.example", spared + "1@mail.example", late + "1@late.example", late + "2@late.example", lateOK + "1@later.example"}
	for i := range manyDomains {
		people = append(people, []string{spared, flagged}[i%2]+fmt.Sprint(100+i)+"@"+domain(i))
	}
	of = map[string]int{}
	for _, p := range people {
		of[p[:1]]++
	}
	return "email\n" + strings.Join(people, "\n") + "\n", of
}

// killed imports the list, and kills the worker when it has kept some answers and
// waits for others: nobody is flagged meanwhile, and the API says that it is due.
func (l *lookups) killed(ctx context.Context) error {
	if err := l.Story.Begin(ctx, "Look-ups"); err != nil {
		return err
	}
	if c, err := l.progress(ctx); err != nil || c.Domains.State != "none" {
		return fmt.Errorf("before an import the look is %q (%v)", c.Domains.State, err)
	}
	if err := l.StartWorker(l.asking()); err != nil {
		return err
	}
	file, _ := l.list()
	if err := l.Story.Upload(ctx, "People", []byte(file), map[string]string{"email": "email"}); err != nil {
		return err
	}
	select {
	case <-l.stalled:
	case <-time.After(2 * time.Minute):
		return fmt.Errorf("%d questions came in two minutes", len(l.names.Asked()))
	case <-ctx.Done():
		return ctx.Err()
	}
	l.take(0).Kill()
	if c, err := l.progress(ctx); err != nil || c.Domains.State != "due" || c.Flags[undeliverable] != 0 {
		return fmt.Errorf("half-way the look is %+v (%v)", c, err)
	}
	return nil
}

// failing has another worker go on once the lease of the first is over: whose
// servers fail is asked about again later, and nobody stands flagged for it.
func (l *lookups) failing(ctx context.Context) error {
	before := len(l.names.Asked())
	l.release()
	if err := l.StartWorker(l.asking()); err != nil {
		return err
	}
	if err := l.awaits(ctx, "open"); err != nil {
		return err
	}
	c, err := l.progress(ctx)
	if err != nil || c.Domains.Open != 2 || c.Domains.NextAt == nil {
		return fmt.Errorf("with two failing domains the look is %+v (%v)", c.Domains, err)
	}
	first := map[string]bool{}
	for i, q := range l.names.Asked() {
		name := q[strings.LastIndex(q, " ")+1:]
		if i < before {
			first[name] = true
		} else if first[name] && strings.HasPrefix(name, "d") {
			delete(first, name)
			l.twice++
		}
	}
	if most := manyDomains + 4 - keptAtOnce; l.twice > most {
		return fmt.Errorf("%d domains were asked about again after a kill, at most %d were not kept", l.twice, most)
	}
	return l.hold(ctx, flagged)
}

// mended has the servers answer: the next look flags whom they speak against.
func (l *lookups) mended(ctx context.Context) error {
	l.names.Records("late.example.", "late.example. 60 IN MX 0 .")
	l.names.Records("later.example.", "later.example. 60 IN MX 5 mx.later.example.")
	if err := l.awaits(ctx, "checked"); err != nil {
		return err
	}
	return l.hold(ctx, flagged, late)
}

// off has a worker that may ask nobody import another incident.
func (l *lookups) off(ctx context.Context) error {
	l.take(0).Kill()
	before := len(l.names.Asked())
	if err := l.StartWorker("FORTHWITH_DNS=off"); err != nil {
		return err
	}
	if err := l.Story.Begin(ctx, "Nobody is asked"); err != nil {
		return err
	}
	if err := l.Story.Upload(ctx, "People", []byte("email\n"+flagged+"1@unasked.example\n"), map[string]string{"email": "email"}); err != nil {
		return err
	}
	if err := l.awaits(ctx, "off"); err != nil {
		return err
	}
	if n := len(l.names.Asked()) - before; n > 0 {
		return fmt.Errorf("%d questions were asked by who may ask nobody", n)
	}
	return l.hold(ctx)
}

// asking is the environment of a worker that asks our server.
func (l *lookups) asking() string { return "FORTHWITH_DNS=" + l.names.Addr }

const undeliverable = "undeliverable_domain"

// lookedAt is what the API says of flags and of how far the domains are.
type lookedAt struct {
	Flags   map[string]int `json:"flags"`
	Domains struct {
		State  string     `json:"state"`
		Open   int        `json:"open"`
		NextAt *time.Time `json:"next_at"`
	} `json:"domains"`
}

func (l *lookups) progress(ctx context.Context) (c lookedAt, err error) {
	return c, l.read(ctx, "/flags", &c)
}

func (l *lookups) read(ctx context.Context, of string, out any) error {
	by, err := l.Story.Client.As("auditor", 0)
	if err == nil {
		_, err = l.Story.Client.Call(ctx, by, http.MethodGet, "/incidents/"+l.Story.Incident()+of, nil, out)
	}
	return err
}

// awaits waits until the API says that a look is in this state: at most for two
// leases of a look.
func (l *lookups) awaits(ctx context.Context, state string) error {
	limit := 2*time.Minute + time.Duration(float64(20*time.Minute)/l.Pace)
	return stage.Until(ctx, limit, "a look that is "+state, func() (bool, error) {
		c, err := l.progress(ctx)
		return c.Domains.State == state, err
	})
}

// hold holds that exactly the people of these letters are flagged.
func (l *lookups) hold(ctx context.Context, letters ...string) error {
	_, of := l.list()
	want := 0
	for _, letter := range letters {
		want += of[letter]
	}
	var page struct {
		Items []struct {
			Email string   `json:"email"`
			Flags []string `json:"flags"`
		} `json:"items"`
	}
	if err := l.read(ctx, "/recipients?limit=500&flag="+undeliverable, &page); err != nil {
		return err
	}
	for _, p := range page.Items {
		if !slices.Contains(letters, p.Email[:1]) || !slices.Contains(p.Flags, undeliverable) {
			return fmt.Errorf("somebody is flagged of whose domain nothing says that it takes no mail: %s", p.Email)
		}
	}
	c, err := l.progress(ctx)
	if err == nil && (len(page.Items) != want || c.Flags[undeliverable] != want) {
		err = fmt.Errorf("%d people are listed and %d counted with the flag, want %d", len(page.Items), c.Flags[undeliverable], want)
	}
	return err
}

// figures are those of the run, the oracle's own.
func (l *lookups) figures() string {
	_, of := l.list()
	return fmt.Sprintf("domains=%d questions=%d asked_again_after_kill=%d flagged=%d", manyDomains+5, len(l.names.Asked()), l.twice, of[flagged]+of[late])
}
