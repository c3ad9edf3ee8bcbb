package worker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/dkim"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// testOffice is the record of one test send.
type testOffice struct {
	campaign campaign.Campaign
	document []byte
	test     campaign.TestSend
	left     []campaign.Addressee
	excluded []string
	names    *vault.Installation
}

func (o *testOffice) Campaign(context.Context, id.Campaign) (campaign.Campaign, error) {
	return o.campaign, nil
}
func (o *testOffice) Document(context.Context, canon.Hash) ([]byte, error) { return o.document, nil }
func (o *testOffice) Keys(context.Context, id.Incident) (*vault.Incident, *vault.Installation, error) {
	return nil, o.names, nil
}
func (o *testOffice) Signing(context.Context, campaign.PlannedSender) ([]*dkim.Key, error) {
	return nil, nil
}
func (o *testOffice) Asked(context.Context, id.TestSend) (campaign.TestSend, []campaign.Addressee, error) {
	return o.test, o.left, nil
}
func (o *testOffice) ExcludedRelays(context.Context, id.Incident) ([]string, error) {
	return o.excluded, nil
}

const testBody = "Dear {{recipient.name}},\n\n{{incident.measures}} We had {{merge.account}}. Code {{notice.code}}, {{notice.date}}."

func newTestOffice(t *testing.T) *testOffice {
	t.Helper()
	master, err := vault.ParseMaster(vault.GenerateMaster())
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := vault.GenerateInstallation(master)
	if err != nil {
		t.Fatal(err)
	}
	names, err := vault.OpenInstallation(master, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	draft := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "{{recipient.name}}, your account", Body: testBody}}}
	text, _, _, err := draft.Compile(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	plan := campaign.Plan{Format: campaign.PlanFormat, Campaign: 3, No: 1, Incident: 2, Text: text, Facts: map[string]string{"incident.measures": "We moved."},
		Sender: campaign.PlannedSender{From: "notice@example.com", FromName: "Larkfield", BounceDomain: "bounce.example.com"},
		Relays: []campaign.PlannedRelay{{ID: 1, Host: "a.example.com", Revision: 2, MaxRatePerSecond: 9, MaxConnections: 4}, {ID: 2, Host: "b.example.com"}, {ID: 3, Host: "c.example.com"}}}
	o := &testOffice{names: names, left: []campaign.Addressee{{User: 7, Email: "gil@example.org"}, {User: 8, Email: "no address"}, {User: 9, Email: "eli@example.org", Disabled: true}}}
	var sum canon.Hash
	if o.document, sum, err = plan.Seal(); err != nil {
		t.Fatal(err)
	}
	o.campaign = campaign.Campaign{ID: 3, Incident: 2, State: campaign.Ready, PlanNo: 1, PlanHash: sum, Settings: campaign.Settings{MaxRatePerSecond: 5}}
	o.test = campaign.TestSend{ID: 4, Campaign: 3, Plan: sum, At: time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)}
	return o
}

func (o *testOffice) open(t *testing.T) delivery.TestJob {
	t.Helper()
	job, err := Opener{Campaigns: o, Tests: o}.OpenTest(t.Context(), 4)
	if err != nil {
		t.Fatal(err)
	}
	if job.No != 4 || job.Campaign != 3 || len(job.Letters) != 3 || job.Rate != 5 {
		t.Fatalf("the job is %+v", job)
	}
	return job
}

func TestATestTellsOfNobodyWhoExists(t *testing.T) {
	job := newTestOffice(t).open(t)
	l := job.Letters[0]
	if l.Unsent != "" || l.User != 7 || l.To != "gil@example.org" || sha256.Sum256(l.Raw) != l.Hash || !strings.HasPrefix(l.From, "t+") || !strings.HasSuffix(l.From, "@bounce.example.com") {
		t.Fatalf("the letter is %+v", l)
	}
	if err := job.Guard.Check(l.Letter); err != nil {
		t.Errorf("the guard: %v", err)
	}
	head, body, _ := bytes.Cut(l.Raw, []byte("\r\n\r\n"))
	if !bytes.Contains(bytes.ReplaceAll(head, []byte("\r\n "), []byte(" ")), []byte("Subject: [Test] ")) || !bytes.Contains(head, []byte("Date: Wed, 04 Mar 2026 05:06:07 +0000")) {
		t.Errorf("the head is %s", head)
	}
	for _, part := range []string{"We moved.", "0000-0000-0000-0000", "4 March 2026"} {
		if !bytes.Contains(body, []byte(part)) {
			t.Errorf("it does not tell %q: %s", part, body)
		}
	}
	if n := bytes.Count(l.Raw, []byte("@example.org")); n != 1 {
		t.Errorf("%d addresses in it", n)
	}
}

func TestALetterOfATestThatCannotBeMadeIsSaidSo(t *testing.T) {
	job := newTestOffice(t).open(t)
	if job.Letters[1].Unsent != delivery.NotMade || job.Letters[2].Unsent != delivery.TestUserGone || job.Letters[2].To != "" {
		t.Errorf("they are %+v", job.Letters[1:])
	}
}

func TestATestTakesNoRelayThatTheIncidentExcludes(t *testing.T) {
	o := newTestOffice(t)
	o.excluded = []string{"a.example.com", "rel_3"}
	if job := o.open(t); len(job.Relays) != 1 || job.Relays[0].No != 2 {
		t.Errorf("it may take %+v", job.Relays)
	}
	o.excluded = nil
	if job := o.open(t); len(job.Relays) != 3 || job.Relays[0] != (delivery.Relay{No: 1, Revision: 2, MaxRate: 9, MaxConnections: 4}) {
		t.Errorf("it may take %+v", job.Relays)
	}
}

func TestATestOfAnotherPlanSendsNothing(t *testing.T) {
	o := newTestOffice(t)
	o.test.Plan = canon.Hash{1}
	for _, l := range o.open(t).Letters {
		if l.Unsent != delivery.TestOvertaken || l.Raw != nil {
			t.Errorf("%+v", l)
		}
	}
}
