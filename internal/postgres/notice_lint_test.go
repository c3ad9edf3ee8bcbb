package postgres_test

import (
	"context"
	"strings"
	"testing"

	"forthwith/internal/fault"
	"forthwith/internal/notice"
	"forthwith/internal/notice/lint"
)

func TestNoReviewOfWhatNoNoticeMayHold(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, fourPeople, fullMapping)
	n := d.notice(t)
	for body, code := range map[string]string{
		"Your card 4111 1111 1111 1111 was seen.":                  "lint_secret_card",
		"Sign in at <https://evil.example.net/login> to see more.": "lint_link_host",
		"Your number 123-45-6789 was seen.":                        "lint_secret_ssn",
	} {
		v := d.version(t, d.ops, n.ID, body)
		_, err := d.notices().Submit(ctx, d.ops, v.ID, v.SHA256, "")
		f, ok := fault.As(err)
		if !ok || len(f.Fields) == 0 && f.Code != code {
			t.Errorf("%s: %v", body, err)
			continue
		}
		found := f.Code == code
		for _, w := range f.Fields {
			found = found || w.Code == code && w.Name == "variants[0].body"
		}
		if !found {
			t.Errorf("%s: %+v", body, f)
		}
	}
	if n := d.count(t, "SELECT count(*) FROM version_event"); n != 0 {
		t.Errorf("%d versions moved", n)
	}
}

// What a place asks for hangs on the people: those of a frozen cohort, else all.
func TestALintIsMadeForThePeopleOfACohort(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, "email,state,ok\nana@example.com,US-CA,no\nben@example.com,US-TX,yes\ncy@example.com,US-TX,no\n", map[string]string{"email": "email", "state": "jurisdiction", "ok": "consent"})
	texans := d.cohort(t, "Texans", 10, `{"attribute":"jurisdiction","op":"eq","value":"US-TX"}`)
	d.frozen(t, texans.ID)
	v := d.version(t, d.ops, d.notice(t).ID, "Dear {{recipient.name}}, your address was seen.")
	asked := func(found []notice.Finding) (california, texas int) {
		for _, f := range found {
			switch {
			case f.Jurisdiction == "US-CA":
				california++
			case f.Jurisdiction == "US-TX":
				texas++
			}
			if f.Law != "" && f.Severity == lint.Block && (f.Citation == "" || f.AsOf == "" || f.Fix == "") {
				t.Errorf("%s says neither source nor remedy: %+v", f.Rule, f)
			}
		}
		return california, texas
	}
	if california, texas := asked(v.Lint); california == 0 || texas == 0 {
		t.Errorf("of everybody: %d for California, %d for Texas", california, texas)
	}
	found, err := d.notices().Lint(ctx, d.legal, v, texans.ID)
	if err != nil {
		t.Fatal(err)
	}
	if california, texas := asked(found); california != 0 || texas == 0 {
		t.Errorf("of Texans: %d for California, %d for Texas", california, texas)
	}
	for _, f := range found {
		if f.Rule == "email_consent" && f.Jurisdiction == "US-TX" {
			if !strings.HasPrefix(f.Message, "1 person in Texas (US-TX) did not agree to notices by e-mail, 1 did") {
				t.Errorf("one of two Texans agreed: %s", f.Message)
			}
		}
	}
}
