package identity

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"forthwith/internal/access"
	"forthwith/internal/fault"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestEachStepOfAFactorCountsOnce(t *testing.T) {
	secret := newTOTPSecret()
	at := func(n int64) string {
		code, err := Code(secret, noon.Add(time.Duration(n)*stepSeconds*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	now := noon.Unix() / stepSeconds
	cases := []struct {
		name string
		code string
		last int64
		want int64
		ok   bool
	}{
		{"the code of now", at(0), 0, now, true},
		{"the code of the step before", at(-1), 0, now - 1, true},
		{"the code of the step after", at(1), 0, now + 1, true},
		{"a code two steps old", at(-2), 0, 0, false},
		{"a code two steps ahead", at(2), 0, 0, false},
		{"a code that was used", at(0), now, 0, false},
		{"an older code than the one that was used", at(-1), now, 0, false},
		{"the next code after one was used", at(1), now, now + 1, true},
		{"no code", "", 0, 0, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := step(secret, c.code, noon, c.last); got != c.want || ok != c.ok {
				t.Errorf("got %d %v", got, ok)
			}
		})
	}
}

func TestWaitsGrowAndEnd(t *testing.T) {
	var tries Tries
	last := time.Duration(0)
	for n := 1; n <= 80; n++ {
		tries = tries.missed(noon, ofAccount)
		wait := tries.NextAt.Sub(noon)
		if n <= ofAccount.free && wait != 0 || n > ofAccount.free && wait < ofAccount.first || wait < last || wait > ofAccount.longest {
			t.Fatalf("after %d wrong tries the wait is %s", n, wait)
		}
		last = wait
	}
	f, ok := fault.As(tries.allow(noon))
	if last != ofAccount.longest || !ok || f.Kind != fault.Limited || f.RetryAfter != ofAccount.longest {
		t.Errorf("the wait ends at %s, told as %v", last, f)
	}
	if err := tries.allow(noon.Add(ofAccount.longest)); err != nil {
		t.Errorf("refused after the wait: %v", err)
	}
}

func TestWhichTokensMayBeMade(t *testing.T) {
	legal, ops := User{ID: 1, Role: access.Legal}, User{ID: 2, Role: access.Ops}
	self := func(u User, scopes ...access.Scope) access.Actor {
		return access.Actor{User: u.ID, Token: 9, Role: u.Role, Scopes: scopes}
	}
	admin := access.Actor{User: 5, Token: 8, Role: access.Admin, Scopes: []access.Scope{access.ScopeAdmin}, SteppedUp: true}
	terminal := access.Actor{Worker: "terminal", Role: access.Admin, SteppedUp: true}
	cases := []struct {
		name   string
		owner  User
		by     access.Actor
		scopes []access.Scope
		life   time.Duration
		code   string
	}{
		{"one's own, with less than one has", legal, self(legal, "read", "approve"), []access.Scope{"read"}, time.Hour, ""},
		{"one's own, with more than one has", legal, self(legal, "read"), []access.Scope{"approve"}, time.Hour, "scope_beyond_own"},
		{"a scope that the role has no use for", ops, self(ops, "launch"), []access.Scope{"approve"}, time.Hour, "scope_not_for_role"},
		{"approve for somebody else", legal, admin, []access.Scope{"approve"}, time.Hour, "scope_for_another"},
		{"launch for somebody else", ops, admin, []access.Scope{"launch"}, time.Hour, "scope_for_another"},
		{"read for somebody else", ops, admin, []access.Scope{"read"}, time.Hour, ""},
		{"approve from the terminal", legal, terminal, []access.Scope{"approve"}, time.Hour, ""},
		{"no scope", legal, terminal, nil, time.Hour, "field_missing"},
		{"an unknown scope", legal, terminal, []access.Scope{"all"}, time.Hour, "scope_not_for_role"},
		{"an end in the past", legal, terminal, []access.Scope{"read"}, -time.Hour, "token_expiry"},
		{"an end in two years", legal, terminal, []access.Scope{"read"}, 2 * longestLife, "token_expiry"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := NewToken{Scopes: c.scopes, ExpiresAt: noon.Add(c.life)}.normalise(noon).check(c.owner, c.by, noon)
			if c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) {
				t.Errorf("got %v, want %q", err, c.code)
			}
		})
	}
}

func TestNoRoleHasApproveBesideLaunch(t *testing.T) {
	for _, r := range access.Roles {
		scopes := ScopesOf(r)
		if len(scopes) == 0 {
			t.Errorf("%s has no scope", r)
		}
		if slices.Contains(scopes, access.ScopeApprove) && slices.Contains(scopes, access.ScopeLaunch) {
			t.Errorf("%s may have both", r)
		}
	}
}

func TestATokenNeverMakesAStrongerOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.SampledFrom(access.Roles).Draw(t, "role")
		have := rapid.SliceOf(rapid.SampledFrom(access.Scopes)).Draw(t, "have")
		want := rapid.SliceOf(rapid.SampledFrom(access.Scopes)).Draw(t, "want")
		made := NewToken{Scopes: want}.normalise(noon)
		if made.check(User{ID: 3, Role: role}, access.Actor{User: 3, Token: 1, Role: role, Scopes: have}, noon) != nil {
			return
		}
		for _, s := range made.Scopes {
			if !slices.Contains(have, s) || !slices.Contains(scopesOf[role], s) {
				t.Fatalf("%s with %v made %v", role, have, made.Scopes)
			}
		}
	})
}

func TestWhoMayBeMade(t *testing.T) {
	cases := []struct {
		name  string
		in    NewUser
		field string
	}{
		{"somebody", NewUser{Email: " Ann@Example.com ", Name: "Ann", Role: access.Legal}, ""},
		{"no address", NewUser{Name: "Ann", Role: access.Legal}, "email"},
		{"two addresses", NewUser{Email: "a@example.com, b@example.com", Name: "Ann", Role: access.Legal}, "email"},
		{"no name", NewUser{Email: "a@example.com", Name: " ", Role: access.Legal}, "name"},
		{"an unknown role", NewUser{Email: "a@example.com", Name: "Ann", Role: "root"}, "role"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			in := c.in.normalise()
			err := in.check()
			f, _ := fault.As(err)
			if c.field == "" {
				if err != nil || in.Email != "ann@example.com" {
					t.Errorf("got %v, %q", err, in.Email)
				}
			} else if f == nil || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNobodyChangesTheirOwnAccount(t *testing.T) {
	off := true
	u := User{ID: 4, Role: access.Admin, Version: 2}
	if _, err := u.change(access.Actor{User: 4}, 2, UserChange{Disabled: &off}, noon); !fault.Is(err, "own_account") {
		t.Errorf("got %v", err)
	}
	if _, err := u.change(access.Actor{User: 5}, 1, UserChange{Disabled: &off}, noon); !fault.Is(err, "changed_meanwhile") {
		t.Errorf("got %v", err)
	}
	got, err := u.change(access.Actor{User: 5}, 2, UserChange{Disabled: &off}, noon)
	if err != nil || !got.Disabled() || got.Version != 3 {
		t.Errorf("got %+v %v", got, err)
	}
}

func TestPasswordsFitTheirHashOnly(t *testing.T) {
	password := newPassword()
	hash, err := hashPassword(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		password, hash string
		want           bool
	}{
		"the password": {password, hash, true}, "another": {password + "x", hash, false}, "nobody's": {password, "", false},
	} {
		if got, err := passwordFits(t.Context(), c.password, c.hash); got != c.want || err != nil {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	if _, err := passwordFits(t.Context(), "x", "not a hash"); err == nil || errors.Is(err, ErrNoUser) {
		t.Errorf("a broken hash gives %v", err)
	}
}

func TestAnAddressIsForgottenAfterAnHour(t *testing.T) {
	tries := Tries{Wrong: 40, NextAt: noon}
	if got := tries.missed(noon.Add(59*time.Minute), ofAddress); got.Wrong != 41 || got.NextAt.Sub(noon.Add(59*time.Minute)) != ofAddress.longest {
		t.Errorf("within the hour: %+v", got)
	}
	if got := tries.missed(noon.Add(61*time.Minute), ofAddress); got.Wrong != 1 || !got.NextAt.Equal(noon.Add(61*time.Minute)) {
		t.Errorf("after it: %+v", got)
	}
}
