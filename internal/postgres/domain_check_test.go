package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
	"forthwith/internal/task"
)

// book is a resolver that knows what it was told.
type book struct {
	mu    sync.Mutex
	known map[string]intake.DomainMail
	asked []string
}

func (b *book) Mail(_ context.Context, domain string) intake.DomainMail {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = append(b.asked, domain)
	return b.known[domain]
}

func (b *book) told(domain string, m intake.DomainMail) { b.known[domain] = m }

func (d *desk) look(t *testing.T, b *book) {
	t.Helper()
	if err := (intake.Domains{Store: postgres.DomainStore{DB: d.DB}, Resolver: b}).Look(t.Context(), d.incident); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) domains(t *testing.T, want intake.DomainState, open, flagged int) intake.DomainCheck {
	t.Helper()
	c, err := intake.Domains{Store: postgres.DomainStore{DB: d.DB}}.Check(t.Context(), d.ops, d.incident)
	if err != nil || c.State != want || c.Open != open {
		t.Errorf("the check is %+v, %v, want %s with %d open", c, err, want, open)
	}
	flags, err := d.cohorts().Flagged(t.Context(), d.ops, d.incident)
	if err != nil || flags["undeliverable_domain"] != flagged {
		t.Errorf("flags are %v, %v, want %d", flags, err, flagged)
	}
	return c
}

// tomorrow makes everything that was asked a day older, and the next look due.
func (d *desk) tomorrow(t *testing.T) {
	t.Helper()
	for _, q := range []string{"UPDATE domain SET mail_at = mail_at - interval '1 day', asked_at = asked_at - interval '1 day'", "UPDATE domain_check SET due_at = due_at - interval '1 day'"} {
		if _, err := d.raw.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPeopleOfDomainsThatTakeNoMailAreFlagged(t *testing.T) {
	d := newDesk(t)
	b := &book{known: map[string]intake.DomainMail{"null.example": intake.NullMX, "gone.example": intake.NoMailHost, "mail.example": intake.MailTaken}}
	d.domains(t, intake.DomainsNone, 0, 0)
	d.imported(t, d.incident, header+"ana@null.example,Ana,CA,en,,,,,,\nben@null.example,Ben,CA,en,,,,,,\ncy@gone.example,Cy,CA,en,,,,,,\ndi@mail.example,Di,CA,en,,,,,,\n", fullMapping)
	d.domains(t, intake.DomainsDue, 0, 0)
	d.look(t, b)
	if c := d.domains(t, intake.DomainsChecked, 0, 3); c.At.IsZero() || !c.Next.After(c.At) {
		t.Errorf("people stand flagged, and the next look is not due: %+v", c)
	}
	d.look(t, b)
	if len(b.asked) != 3 {
		t.Errorf("asked %q, want each once", b.asked)
	}
	b.told("gone.example", intake.MailTaken)
	b.told("null.example", intake.MailUnknown)
	d.tomorrow(t)
	d.look(t, b)
	d.domains(t, intake.DomainsOpen, 1, 2) // what was known stands
	if len(b.asked) != 5 || slices.Contains(b.asked[3:], "mail.example") {
		t.Errorf("asked %q, want those two again that took no mail", b.asked)
	}
	b.told("null.example", intake.MailTaken)
	d.tomorrow(t)
	d.look(t, b)
	if c := d.domains(t, intake.DomainsChecked, 0, 0); !c.Next.IsZero() {
		t.Errorf("nobody is flagged, and another look is due: %+v", c)
	}
}

func TestDomainsWithoutAnAnswerAreAskedAboutAgain(t *testing.T) {
	d := newDesk(t)
	b := &book{known: map[string]intake.DomainMail{}}
	d.imported(t, d.incident, header+"ana@null.example,Ana,CA,en,,,,,,\n", fullMapping)
	due := task.Task{Name: task.CheckDomains, Object: int64(d.incident)}
	waiting := func() bool {
		all, err := d.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(all, due)
	}
	if !waiting() {
		t.Error("a look that the queue forgets is not asked for again")
	}
	d.look(t, b)
	if c := d.domains(t, intake.DomainsOpen, 1, 0); c.Next.Sub(c.At).Round(1e9) != 300e9 || waiting() {
		t.Errorf("the first wait is %+v", c)
	}
	d.tomorrow(t)
	d.look(t, b)
	if c := d.domains(t, intake.DomainsOpen, 1, 0); c.Next.Sub(c.At).Round(1e9) != 600e9 {
		t.Errorf("the second wait is %+v", c)
	}
	d.imported(t, d.incident, header+"ben@null.example,Ben,CA,en,,,,,,\n", fullMapping)
	b.told("null.example", intake.NullMX)
	if err := (intake.Domains{Store: postgres.DomainStore{DB: d.DB}}).Look(t.Context(), d.incident); err != nil {
		t.Fatal(err)
	}
	d.domains(t, intake.DomainsOff, 1, 0)
	if len(b.asked) != 2 {
		t.Errorf("asked %q while it was switched off", b.asked)
	}
	d.tomorrow(t)
	d.look(t, b)
	d.domains(t, intake.DomainsChecked, 0, 2)
}

func TestALookIsOneWorkersAndAnImportMeanwhileIsNotLost(t *testing.T) {
	d := newDesk(t)
	store := postgres.DomainStore{DB: d.DB}
	d.imported(t, d.incident, header+"ana@null.example,Ana,CA,en,,,,,,\n", fullMapping)
	look, ours, err := store.Begin(t.Context(), d.incident, 1e12)
	if err != nil || !ours {
		t.Fatal(ours, err)
	}
	if _, theirs, err := store.Begin(t.Context(), d.incident, 1e12); err != nil || theirs {
		t.Errorf("two have it: %v", err)
	}
	d.imported(t, d.incident, header+"ben@mail.example,Ben,CA,en,,,,,,\n", fullMapping)
	if err := store.End(t.Context(), look, false, intake.DomainWait{Open: 1e12, Undelivered: 1e12}); err != nil {
		t.Fatal(err)
	}
	if _, ours, err := store.Begin(t.Context(), d.incident, 1e12); err != nil || !ours {
		t.Errorf("what was imported during a look is not looked at: %v", err)
	}
	if _, ours, err := store.Begin(t.Context(), id.Incident(99), 1e12); err != nil || ours {
		t.Errorf("an incident without lists: %v, %v", ours, err)
	}
}

// A resolver that says nothing is not asked about every domain of an incident.
func TestASilentResolverEndsTheLook(t *testing.T) {
	d := newDesk(t)
	file := header
	for i := range 300 { // more than are asked about at once
		file += fmt.Sprintf("ana@d%d.example,Ana,CA,en,,,,,,\n", i)
	}
	d.imported(t, d.incident, file, fullMapping)
	b := &book{}
	d.look(t, b)
	if n := len(b.asked); n >= 300 {
		t.Errorf("asked about %d", n)
	}
	d.domains(t, intake.DomainsOpen, 300, 0)
}

// older makes what is known of every domain older, and the next look due.
func (d *desk) older(t *testing.T, by string) {
	t.Helper()
	for _, q := range []string{"UPDATE domain SET mail_at = mail_at - $1::interval, asked_at = asked_at - $1::interval", "UPDATE domain_check SET due_at = clock_timestamp() - $1::interval"} {
		if _, err := d.raw.Exec(t.Context(), q, by); err != nil {
			t.Fatal(err)
		}
	}
}

// A closed incident tells no resolver its domains, however often it is due.
func TestAClosedIncidentIsNotAskedAbout(t *testing.T) {
	d := newDesk(t)
	b := &book{known: map[string]intake.DomainMail{"null.example": intake.NullMX}}
	d.imported(t, d.incident, header+"ana@null.example,Ana,CA,en,,,,,,\n", fullMapping)
	set := func(state string) {
		t.Helper()
		if _, err := d.raw.Exec(t.Context(), "UPDATE incident SET state = $2 WHERE incident_no = $1", int64(d.incident), state); err != nil {
			t.Fatal(err)
		}
	}
	due := func() bool {
		all, err := d.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.Contains(all, task.Task{Name: task.CheckDomains, Object: int64(d.incident)})
	}
	set("closed")
	if d.look(t, b); len(b.asked) != 0 || due() {
		t.Errorf("of a closed incident %q were asked about, due: %t", b.asked, due())
	}
	d.domains(t, intake.DomainsDue, 0, 0)
	set("open")
	if !due() {
		t.Error("an incident that is open again is not due")
	}
	if d.look(t, b); len(b.asked) != 1 {
		t.Errorf("of an open incident %q were asked about", b.asked)
	}
	set("closed")
	d.older(t, "30 days")
	if d.look(t, b); len(b.asked) != 1 || due() {
		t.Errorf("closed later, %q were asked about, due: %t", b.asked, due())
	}
	d.domains(t, intake.DomainsChecked, 0, 1)
}

// That a domain takes mail holds for a week, that it takes none for half a day.
func TestAnAnswerIsAskedForAgainWhenItIsOld(t *testing.T) {
	for _, c := range []struct {
		name  string
		mail  intake.DomainMail
		by    string
		again bool
	}{
		{"takes mail, six days and 23 hours old", intake.MailTaken, "167 hours", false},
		{"takes mail, seven days and one hour old", intake.MailTaken, "169 hours", true},
		{"says that it takes none, 11 hours old", intake.NullMX, "11 hours", false},
		{"says that it takes none, 13 hours old", intake.NullMX, "13 hours", true},
		{"is not there, 11 hours old", intake.NoMailHost, "11 hours", false},
		{"is not there, 13 hours old", intake.NoMailHost, "13 hours", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			b := &book{known: map[string]intake.DomainMail{"one.example": c.mail}}
			d.imported(t, d.incident, header+"ana@one.example,Ana,CA,en,,,,,,\n", fullMapping)
			d.look(t, b)
			d.older(t, c.by)
			d.look(t, b)
			if again := len(b.asked) == 2; again != c.again {
				t.Errorf("asked %d times", len(b.asked))
			}
		})
	}
}
