package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"forthwith/internal/identity"
)

// ensemble are people whom a test hires, each signed in with both factors, so that
// nothing of the sample's people is used up.
type ensemble struct {
	t     *testing.T
	admin *caller // the sample's, who invites
	no    int
}

// hired is one of them.
type hired struct {
	*caller
	id, email, password, secret string
}

func newEnsemble(t *testing.T) *ensemble {
	t.Helper()
	return &ensemble{t: t, admin: signedInAs(t, "Eli")}
}

// signedInAs is a caller who pressed a person of the sample.
func signedInAs(t *testing.T, name string) *caller {
	t.Helper()
	c := throughTheDoor(t)
	for i, p := range up.People {
		if strings.HasPrefix(p.Name, name) {
			c.does("/signin", "/signin/sample", map[string]string{"person": fmt.Sprintf("usr_%d", i+1)})
			return c
		}
	}
	t.Fatalf("the sample has no %s", name)
	return nil
}

var (
	shownCode = regexp.MustCompile(`<code>(\d{6})</code>`)
	shownLink = regexp.MustCompile(`/invite/[A-Za-z0-9_-]+`)
	shownKey  = regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{1,4}`)
)

// invite asks somebody in, and gives the path of the invitation.
func (e *ensemble) invite(name, role string) (path, email string) {
	e.t.Helper()
	email = fmt.Sprintf("%s-%d@crew.test", strings.ToLower(e.t.Name()), e.no+1)
	return e.inviteAt(name, role, email), email
}

func (e *ensemble) inviteAt(name, role, email string) (path string) {
	e.t.Helper()
	e.no++
	typed := map[string]string{"name": name, "email": email, "role": role}
	if e.no == 1 { // the code counts for those who follow
		e.admin.await("/users/new", "<code>")
		typed["code"] = shownCode.FindStringSubmatch(e.admin.get("/users/new").body)[1]
	}
	got := e.admin.submit("/users/new", "/users/new", typed)
	if path = shownLink.FindString(got.body); path == "" {
		e.t.Fatalf("no invitation: %d %s", got.status, refusal(got.body))
	}
	return path
}

// hire makes somebody who can sign in, and did.
func (e *ensemble) hire(name, role string) hired {
	e.t.Helper()
	path, email := e.invite(name, role)
	h := hired{caller: throughTheDoor(e.t), email: email, password: "a long pass phrase of " + name}
	h.secret = strings.ReplaceAll(shownKey.FindString(h.get(path).body), " ", "")
	enrol := func() replied {
		return h.submit(path, path, map[string]string{"password": h.password, "code": h.code(-1)})
	}
	got := enrol()
	if got.status != http.StatusOK {
		got = enrol() // the code ended between being made and being read
	}
	if got.status != http.StatusOK {
		e.t.Fatalf("%s was not enrolled: %d %s", name, got.status, refusal(got.body))
	}
	h.signIn(0)
	return h
}

// crew hires one for each person of the sample, by whom they stand in for.
func (e *ensemble) crew() map[string]hired {
	e.t.Helper()
	people := map[string]hired{}
	for _, p := range []struct{ name, role string }{{"Ada", "legal"}, {"Bo", "legal"}, {"Cem", "ops"}, {"Dee", "auditor"}, {"Eli", "admin"}, {"Fay", "support"}} {
		people[p.name] = e.hire(p.name+" of the crew", p.role)
	}
	return people
}

// lent are the crew of scenes, and since when.
var lent struct {
	people map[string]hired
	since  time.Time
}

// lentCrew is the one of the scene before, unless its sign-in might stop counting
// as a second factor before a test is through.
func (e *ensemble) lentCrew() map[string]hired {
	e.t.Helper()
	if time.Since(lent.since) > 2*time.Minute {
		lent.people, lent.since = e.crew(), time.Now()
	}
	people := map[string]hired{}
	for name, h := range lent.people {
		h.caller = &caller{e.t, h.client}
		people[name] = h
	}
	return people
}

func (h hired) code(steps int) string {
	h.t.Helper()
	code, err := identity.Code(h.secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

// does submits a form that has to succeed. Where the sign-in counts no longer as
// a second factor, as on a machine that takes more than five minutes for a sweep,
// it gives another code.
func (h hired) does(page, action string, typed map[string]string) string {
	h.t.Helper()
	got := h.submit(page, action, typed)
	if got.status == http.StatusUnprocessableEntity && strings.Contains(got.body, "This needs your second factor") {
		again := map[string]string{"code": h.code(0)}
		maps.Copy(again, typed)
		return h.caller.does(page, action, again)
	}
	if got.status != http.StatusSeeOther {
		h.t.Fatalf("%s was answered with %d: %s", action, got.status, refusal(got.body))
	}
	return got.location
}

// signIn gives both factors; the code of some steps ahead.
func (h hired) signIn(steps int) {
	h.t.Helper()
	if got := h.submit("/signin", "/signin", map[string]string{"email": h.email, "password": h.password}); got.status != http.StatusOK {
		h.t.Fatalf("the password: %d %s", got.status, refusal(got.body))
	}
	h.does("/signin/code", "/signin/code", map[string]string{"code": h.code(steps)})
}
