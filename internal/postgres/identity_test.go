package postgres_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/identity"
	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// terminal may do what an admin with a fresh second factor may.
var terminal = access.Actor{Worker: "terminal", Role: access.Admin, SteppedUp: true}

func staff(t *testing.T) (identity.Service, postgres.IdentityStore, *pgtest.Database) {
	t.Helper()
	db := pgtest.New(t)
	store := postgres.IdentityStore{DB: db.DB}
	return identity.Service{Store: store, Reader: store}, store, db
}

func enrol(t *testing.T, s identity.Service, name string, role access.Role) identity.Enrolment {
	t.Helper()
	e, err := s.Enrol(t.Context(), terminal, identity.NewUser{Email: name + "@example.com", Name: name, Role: role})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func token(t *testing.T, s identity.Service, e identity.Enrolment, scopes ...access.Scope) (identity.Token, string) {
	t.Helper()
	made, secret, err := s.CreateToken(t.Context(), terminal, identity.NewToken{User: e.User.ID, Name: "test", Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return made, secret
}

func signIn(t *testing.T, s identity.Service, secret string) access.Actor {
	t.Helper()
	a, err := s.Authenticate(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func code(t *testing.T, db *pgtest.Database, e identity.Enrolment, steps int) string {
	t.Helper()
	now, err := db.Now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := identity.Code(e.TOTPSecret, now.Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAStepUpOpensOneTokenWithEachCodeOnce(t *testing.T) {
	s, _, db := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	_, one := token(t, s, bo, access.ScopeApprove)
	_, other := token(t, s, bo, access.ScopeApprove)
	if signIn(t, s, one).SteppedUp {
		t.Fatal("stepped up without a code")
	}
	good := code(t, db, bo, 0)
	until, err := s.StepUp(t.Context(), signIn(t, s, one), good)
	if err != nil || time.Until(until) > 6*time.Minute {
		t.Fatalf("until %s, %v", until, err)
	}
	if !signIn(t, s, one).SteppedUp || signIn(t, s, other).SteppedUp {
		t.Error("a step-up counts for the token that it was given to, and for no other")
	}
	if _, err := s.StepUp(t.Context(), signIn(t, s, other), good); !fault.Is(err, "code_wrong_or_used") {
		t.Errorf("the code was taken twice: %v", err)
	}
	if _, err := s.StepUp(t.Context(), signIn(t, s, other), code(t, db, bo, 1)); err != nil {
		t.Errorf("the next code was refused: %v", err)
	}
}

func TestWrongCodesMakeAnAccountWait(t *testing.T) {
	s, _, db := staff(t)
	bo, cy := enrol(t, s, "bo", access.Legal), enrol(t, s, "cy", access.Ops)
	_, secret := token(t, s, bo, access.ScopeRead)
	by := signIn(t, s, secret)
	for n := range 5 {
		if _, err := s.StepUp(t.Context(), by, "no"); !fault.Is(err, "code_wrong_or_used") {
			t.Fatalf("try %d: %v", n+1, err)
		}
	}
	_, err := s.StepUp(t.Context(), by, code(t, db, bo, 0))
	f, _ := fault.As(err)
	if f == nil || f.Kind != fault.Limited || f.RetryAfter <= 0 {
		t.Fatalf("a right code was looked at during the wait: %v", err)
	}
	_, others := token(t, s, cy, access.ScopeRead)
	if _, err := s.StepUp(t.Context(), signIn(t, s, others), code(t, db, cy, 0)); err != nil {
		t.Errorf("another account waits too: %v", err)
	}
}

func TestOfManyTriesAtOnceNoneIsUncounted(t *testing.T) {
	s, _, _ := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	_, secret := token(t, s, bo, access.ScopeRead)
	by := signIn(t, s, secret)
	var mu sync.Mutex
	looked := 0
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if _, err := s.StepUp(context.Background(), by, "no"); fault.Is(err, "code_wrong_or_used") {
				mu.Lock()
				looked++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if looked != 5 {
		t.Errorf("%d codes were looked at, want 5", looked)
	}
}

func TestATokenEndsAtOnce(t *testing.T) {
	off := true
	cases := map[string]func(s identity.Service, e identity.Enrolment, made identity.Token) error{
		"when its user is disabled": func(s identity.Service, e identity.Enrolment, _ identity.Token) error {
			_, err := s.Change(context.Background(), terminal, e.User.ID, e.User.Version, identity.UserChange{Disabled: &off})
			return err
		},
		"when it is revoked": func(s identity.Service, e identity.Enrolment, made identity.Token) error {
			return s.RevokeToken(context.Background(), access.Actor{User: e.User.ID, Token: made.ID, Role: e.User.Role}, made.ID)
		},
	}
	for name, end := range cases {
		t.Run(name, func(t *testing.T) {
			s, _, _ := staff(t)
			bo := enrol(t, s, "bo", access.Legal)
			made, secret := token(t, s, bo, access.ScopeRead)
			signIn(t, s, secret)
			if err := end(s, bo, made); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Authenticate(t.Context(), secret); !fault.Is(err, "not_signed_in") {
				t.Errorf("still signs in: %v", err)
			}
		})
	}
}

func TestNobodyEndsTheTokenOfAnother(t *testing.T) {
	s, _, _ := staff(t)
	bo, cy := enrol(t, s, "bo", access.Legal), enrol(t, s, "cy", access.Ops)
	made, secret := token(t, s, bo, access.ScopeRead)
	if err := s.RevokeToken(t.Context(), access.Actor{User: cy.User.ID, Role: access.Ops}, made.ID); !fault.Is(err, "no_such_token") {
		t.Errorf("got %v", err)
	}
	signIn(t, s, secret)
}

func TestSignInTellsNothingAboutWhoExists(t *testing.T) {
	s, store, _ := staff(t)
	bo, cy := enrol(t, s, "bo", access.Legal), enrol(t, s, "cy", access.Ops)
	off := true
	if _, err := s.Change(t.Context(), terminal, cy.User.ID, cy.User.Version, identity.UserChange{Disabled: &off}); err != nil {
		t.Fatal(err)
	}
	if u, err := s.CheckPassword(t.Context(), store, "BO@example.com", bo.Password); err != nil || u.ID != bo.User.ID {
		t.Fatalf("the right password: %v %v", u, err)
	}
	for name, try := range map[string][2]string{
		"a wrong password": {"bo@example.com", "x"}, "an unknown address": {"nobody@example.com", bo.Password}, "a disabled user": {"cy@example.com", cy.Password},
	} {
		for n := range 6 {
			_, err := s.CheckPassword(t.Context(), store, try[0], try[1])
			if want := map[bool]string{false: "sign_in_wrong", true: "too_many_tries"}[n == 5]; !fault.Is(err, want) {
				t.Errorf("%s, try %d: %v, want %s", name, n+1, err, want)
			}
		}
	}
}

func TestWrongTriesFromOneAddressMakeItWait(t *testing.T) {
	s, store, db := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	try := func(from, email, password string) error {
		_, err := s.SignIn(t.Context(), store, netip.MustParseAddr(from), email, password)
		return err
	}
	for n := range 21 {
		if n == 10 { // a right one forgives nothing but itself
			if err := try("2001:db8::1", "bo@example.com", bo.Password); err != nil {
				t.Fatal(err)
			}
		}
		if err := try("2001:db8::1", fmt.Sprintf("nobody%d@example.com", n), "x"); !fault.Is(err, "sign_in_wrong") {
			t.Fatalf("try %d: %v", n+1, err)
		}
	}
	for _, c := range [][2]string{{"2001:db8::1", "too_many_tries"}, {"2001:db8::ffff", "too_many_tries"}, {"2001:db8:0:1::1", ""}, {"192.0.2.1", ""}} {
		from, want := c[0], c[1]
		if err := try(from, "bo@example.com", bo.Password); (err == nil) != (want == "") || err != nil && !fault.Is(err, want) {
			t.Errorf("from %s: %v, want %q", from, err, want)
		}
	}
	var kept, told int
	if err := db.As(t, postgres.AppRole).QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE t::text LIKE '%2001:%' OR position('\x20010db8'::bytea IN subject) > 0)
		FROM sign_in_try t`).Scan(&kept, &told); err != nil || kept == 0 || told > 0 {
		t.Errorf("of %d tries kept, %d name their address: %v", kept, told, err)
	}
}

// changing does something while a password is looked at.
type changing struct {
	postgres.IdentityStore
	then func()
}

func (c changing) PasswordOf(ctx context.Context, email string) (identity.User, string, error) {
	u, hash, err := c.IdentityStore.PasswordOf(ctx, email)
	c.then()
	return u, hash, err
}

// TestAPasswordThatWasChangedOpensNothing changes it while somebody signs in with the
// old one: as it is looked at, and as the code is given.
func TestAPasswordThatWasChangedOpensNothing(t *testing.T) {
	const fresh = "a much better password"
	t.Run("at the password", func(t *testing.T) {
		s, store, _ := staff(t)
		bo := enrol(t, s, "bo", access.Legal)
		by := access.Actor{User: bo.User.ID, Role: access.Legal, SteppedUp: true}
		_, err := s.SignIn(t.Context(), changing{store, func() {
			if err := s.ChangePassword(t.Context(), store, by, bo.Password, fresh); err != nil {
				t.Error(err)
			}
		}}, netip.Addr{}, bo.User.Email, bo.Password)
		if !fault.Is(err, "sign_in_wrong") {
			t.Errorf("signed in: %v", err)
		}
	})
	t.Run("at the code", func(t *testing.T) {
		s, store, db := staff(t)
		s.Open = store
		bo := enrol(t, s, "bo", access.Legal)
		half, err := s.SignIn(t.Context(), store, netip.Addr{}, bo.User.Email, bo.Password)
		if err != nil {
			t.Fatal(err)
		}
		hold, err := db.As(t, postgres.AppRole).Begin(t.Context())
		if err == nil {
			_, err = hold.Exec(t.Context(), "SELECT 1 FROM factor WHERE user_no = $1 FOR UPDATE", int64(bo.User.ID))
		}
		if err != nil {
			t.Fatal(err)
		}
		looks := db.As(t, postgres.AppRole)
		waits := func(n int) {
			t.Helper()
			for got := 0; got < n; {
				if err := looks.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&got); err != nil {
					t.Fatal(err)
				}
			}
		}
		given, changed := make(chan string, 1), make(chan error, 1)
		opens := code(t, db, bo, 0)
		go func() {
			token, _ := s.GiveCode(context.Background(), half, opens) // it may come too late
			given <- token
		}()
		waits(1)
		go func() {
			by := access.Actor{User: bo.User.ID, Role: access.Legal, SteppedUp: true}
			changed <- s.ChangePassword(context.Background(), store, by, bo.Password, fresh)
		}()
		waits(2)
		if err := hold.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		token := <-given
		if err := <-changed; err != nil {
			t.Fatal(err)
		}
		if _, err := s.Resume(t.Context(), token); !fault.Is(err, "not_signed_in") {
			t.Errorf("a session outlived the change: %v", err)
		}
	})
}

func TestResettingFactorsLeavesNothingToSignInWith(t *testing.T) {
	s, store, db := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	_, secret := token(t, s, bo, access.ScopeApprove)
	if _, err := s.StepUp(t.Context(), signIn(t, s, secret), code(t, db, bo, 0)); err != nil {
		t.Fatal(err)
	}
	i, err := s.ResetFactors(t.Context(), terminal, bo.User.ID)
	if err != nil || i.Token == "" {
		t.Fatal(i, err)
	}
	if signIn(t, s, secret).SteppedUp {
		t.Error("the step-up outlived its factor")
	}
	if _, err := s.StepUp(t.Context(), signIn(t, s, secret), code(t, db, bo, 1)); !fault.Is(err, "code_wrong_or_used") {
		t.Errorf("the old factor counts: %v", err)
	}
	if _, err := s.CheckPassword(t.Context(), store, "bo@example.com", bo.Password); !fault.Is(err, "sign_in_wrong") {
		t.Errorf("the old password counts: %v", err)
	}
}

// TestAnAdminIsLeft has two admins take their role, or their account, from each other
// at the same moment.
func TestAnAdminIsLeft(t *testing.T) {
	ops, off := access.Ops, true
	for name, change := range map[string]identity.UserChange{"another role": {Role: &ops}, "no account": {Disabled: &off}} {
		t.Run(name, func(t *testing.T) {
			s, _, _ := staff(t)
			admins := []identity.Enrolment{enrol(t, s, "eli", access.Admin), enrol(t, s, "fay", access.Admin)}
			var wg sync.WaitGroup
			for i, e := range admins {
				by := access.Actor{User: e.User.ID, Role: access.Admin, SteppedUp: true}
				wg.Go(func() { _, _ = s.Change(context.Background(), by, admins[1-i].User.ID, 1, change) }) // one of them is refused
			}
			wg.Wait()
			left := 0
			for _, e := range admins {
				if u, err := s.Reader.User(t.Context(), e.User.ID); err == nil && u.Role == access.Admin && !u.Disabled() {
					left++
				}
			}
			if left != 1 {
				t.Errorf("%d admins are left", left)
			}
		})
	}
}

func TestTwoUsersNeverShareAnAddress(t *testing.T) {
	s, _, _ := staff(t)
	enrol(t, s, "bo", access.Legal)
	_, _, err := s.Invite(t.Context(), terminal, identity.NewUser{Email: "Bo@Example.com", Name: "Bo", Role: access.Ops})
	if !fault.Is(err, "user_email_taken") {
		t.Errorf("got %v", err)
	}
}

func TestTheDatabaseHoldsNoSecretOfStaff(t *testing.T) {
	s, _, db := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	_, secret := token(t, s, bo, access.ScopeRead)
	conn := db.As(t, postgres.AppRole)
	for _, table := range []string{"user_account", "factor", "api_token", "ledger_entry"} {
		var text string
		if err := conn.QueryRow(t.Context(), "SELECT coalesce(string_agg(r::text, ' '), '') FROM "+table+" r").Scan(&text); err != nil {
			t.Fatal(err)
		}
		for _, kept := range []string{bo.Password, bo.TOTPSecret, secret} {
			if strings.Contains(text, kept) {
				t.Errorf("%s holds a secret as it is", table)
			}
		}
	}
}

func TestEveryChangeOfStaffIsInTheLedger(t *testing.T) {
	s, _, db := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	made, _ := token(t, s, bo, access.ScopeRead)
	off := true
	if err := s.RevokeToken(t.Context(), access.Actor{User: bo.User.ID, Role: access.Legal}, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Change(t.Context(), terminal, bo.User.ID, 1, identity.UserChange{Disabled: &off}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ResetFactors(t.Context(), terminal, bo.User.ID); err != nil {
		t.Fatal(err)
	}
	var got []string
	err := db.As(t, postgres.AppRole).QueryRow(t.Context(), "SELECT array_agg(verb ORDER BY pending_no) FROM ledger_pending JOIN ledger_entry USING (entry_id)").Scan(&got)
	want := []string{string(ledger.UserCreated), string(ledger.TokenCreated), string(ledger.TokenRevoked), string(ledger.UserChanged), string(ledger.FactorsReset)}
	if err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
}

func TestAKeyIsAnsweredOnceForADay(t *testing.T) {
	s, _, db := staff(t)
	bo := enrol(t, s, "bo", access.Legal)
	store := postgres.RequestStore{DB: db.DB}
	r := identity.Request{User: bo.User.ID, Route: "POST /x", Key: "k", Body: []byte(`{"a":1}`)}
	begin := func(r identity.Request) (identity.Answer, error) { return store.Begin(t.Context(), r) }
	if a, err := begin(r); err != nil || a.Status != 0 {
		t.Fatal(a, err)
	}
	if _, err := begin(r); !fault.Is(err, "key_running") {
		t.Errorf("while it runs: %v", err)
	}
	if err := store.Forget(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if a, err := begin(r); err != nil || a.Status != 0 {
		t.Errorf("after a refusal: %v %v", a, err)
	}
	kept := identity.Answer{Status: 201, Headers: map[string]string{"Location": "/y"}, Body: []byte("secret answer")}
	if err := store.Keep(t.Context(), r, kept); err != nil {
		t.Fatal(err)
	}
	if a, err := begin(r); err != nil || a.Status != 201 || string(a.Body) != "secret answer" || a.Headers["Location"] != "/y" {
		t.Errorf("again: %v %v", a, err)
	}
	other := r
	other.Body = []byte(`{"a":2}`)
	if _, err := begin(other); !fault.Is(err, "key_reused") {
		t.Errorf("another body: %v", err)
	}
	other.Route = "POST /z"
	if a, err := begin(other); err != nil || a.Status != 0 {
		t.Errorf("another route: %v %v", a, err)
	}
	if _, err := db.As(t, postgres.AppRole).Exec(t.Context(), "UPDATE idempotency_key SET created_at = created_at - interval '25 hours'"); err != nil {
		t.Fatal(err)
	}
	if a, err := begin(r); err != nil || a.Status != 0 {
		t.Errorf("a day later: %v %v", a, err)
	}
}
