package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/identity"
	"forthwith/internal/phrase"
	"forthwith/internal/postgres"
	"forthwith/internal/sample"
)

// cast are the people of the sample.
var cast = []struct {
	name string
	role access.Role
}{{"Ada", access.Legal}, {"Bo", access.Legal}, {"Cem", access.Ops}, {"Dee", access.Auditor}, {"Eli", access.Admin}, {"Fay", access.Support}}

// greet tells the reader where everything is, carries the sample on the first
// run, and says what to try next.
func (u upCommand) greet(ctx context.Context, s *system, now state) error {
	if !s.sample {
		fmt.Println(phrase.Say("up_address", map[string]any{"url": now.URL}))
		fmt.Println(phrase.Say("up_public", map[string]any{"url": now.Public}))
		return nil
	}
	if err := now.enlist(ctx, s); err != nil {
		return err
	}
	fmt.Println(phrase.Say("up_address", map[string]any{"url": now.URL}))
	if now.Door != "" {
		fmt.Println(phrase.Say("up_sign_in", map[string]any{"url": now.signInURL()}))
	}
	fmt.Println(phrase.Say("up_public", map[string]any{"url": now.Public}))
	fmt.Println(phrase.Say("up_sample", nil))
	switch {
	case now.Carried:
		fmt.Println(phrase.Say("up_resumes", nil))
	case !u.Quiet:
		if err := now.carry(ctx); err != nil {
			return err
		}
	}
	now.next()
	return nil
}

// enlist makes the sample people with a token and a second factor each.
func (n *state) enlist(ctx context.Context, s *system) error {
	n.Database = s.cfg.Database.Reveal()
	if len(n.People) > 0 {
		return n.save()
	}
	store := postgres.IdentityStore{DB: s.db}
	service := identity.Service{Store: store, Reader: store}
	machine := access.Actor{Role: access.Admin, SteppedUp: true}
	for _, c := range cast {
		e, err := service.Enrol(ctx, machine, identity.NewUser{Email: strings.ToLower(c.name) + "@larkfield.test", Name: c.name, Role: c.role, Sample: true})
		if err != nil {
			return err
		}
		by := access.Actor{User: e.User.ID, Role: c.role, SteppedUp: true}
		_, token, err := service.CreateToken(ctx, by, identity.NewToken{User: e.User.ID, Name: "sample", Scopes: sampleScopes(c.role), ExpiresAt: time.Now().AddDate(0, 3, 0)})
		if err != nil {
			return err
		}
		n.People = append(n.People, &sample.Person{Name: c.name, Role: string(c.role), Email: e.User.Email, Password: e.Password, Token: token, TOTPSecret: e.TOTPSecret})
	}
	return n.save()
}

// sampleScopes are all that a role can use in one token.
func sampleScopes(r access.Role) []access.Scope {
	var out []access.Scope
	for _, s := range identity.ScopesOf(r) {
		if r == access.Legal && s == access.ScopeLaunch {
			continue
		}
		out = append(out, s)
	}
	return out
}

func (n *state) client() *sample.Client {
	return &sample.Client{Base: n.URL, People: n.People, HTTP: &http.Client{Timeout: 5 * time.Minute}}
}

// carry brings the sample's small cohort from list to report in front of the
// reader, and leaves the broad one to be approved and launched.
func (n *state) carry(ctx context.Context) error {
	story := &sample.Story{Client: n.client(), Tell: newTerminal(os.Stdout), Inbox: n.SMTP, Keys: []string{"ed25519"}}
	if err := story.Prepare(ctx, "Mail provider breach", sample.Make(5000, 1)); err != nil {
		return err
	}
	small, toSend, err := story.Ready(ctx, sample.Reset, 40)
	if err == nil {
		err = story.Launch(ctx, small, toSend)
	}
	if err == nil {
		_, err = story.Watch(ctx, small, sample.Reset)
	}
	if err != nil {
		return err
	}
	result, rows, err := story.Compare(ctx, []sample.Campaign{small})
	if err == nil {
		err = result.Err()
	}
	if err != nil {
		return err
	}
	showReport(result, rows)
	broad, people, err := story.Ready(ctx, sample.Exposed, 200)
	if err != nil {
		return err
	}
	n.Carried, n.Small, n.Broad, n.BroadSum, n.BroadTo = true, small.ID, broad.ID, broad.PlanHash, people
	return n.save()
}

func showReport(r sample.Result, rows []sample.ReportRow) {
	fmt.Println()
	fmt.Println(phrase.Say("up_report_head", nil))
	for i, row := range rows {
		if i == 5 {
			break
		}
		code := "–"
		if row.SMTPCode != nil {
			code = fmt.Sprint(*row.SMTPCode)
		}
		fmt.Printf("  %-10s  %-22s  %-6s  %-12s  %s  %s…\n", row.Delivery, row.Email, row.Jurisdiction, row.Status, code, short(row.MessageSHA256))
	}
	rest := r.Recipients - r.Accepted - r.Rejected - r.Unaddressed
	fmt.Println(phrase.Say("up_sum", map[string]any{"recipients": r.Recipients, "accepted": r.Accepted, "rejected": r.Rejected,
		"unaddressed": r.Unaddressed, "rest": rest, "captured": r.Captured}))
	fmt.Println()
}

func short(hash string) string {
	if len(hash) < 12 {
		return hash
	}
	return hash[:12]
}

// next says what to try: commands that work when pasted, then, as the last
// words, three clicks.
func (n *state) next() {
	fmt.Println(phrase.Say("up_stop", nil))
	if n.Broad == "" {
		fmt.Println(phrase.Say("up_next", nil))
		fmt.Println("  bin/forthwith demo --recipients 20000")
		return
	}
	fmt.Println(phrase.Say("up_next", nil))
	fmt.Printf("  bin/forthwith campaign approve %s\n", n.Broad)
	fmt.Printf("  bin/forthwith campaign launch %s --recipients %d\n", n.Broad, n.BroadTo)
	fmt.Printf("  bin/forthwith report %s\n", n.Broad)
	if n.Door == "" {
		return
	}
	fmt.Println(phrase.Say("up_clicks", map[string]any{"url": n.signInURL()}))
	for _, code := range []string{"up_click_legal", "up_click_ops", "up_click_auditor"} {
		fmt.Println("  " + phrase.Say(code, map[string]any{"count": n.BroadTo}))
	}
}
