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
	"forthwith/internal/watch"
)

// testOffice is the record of one test send.
type testOffice struct {
	campaign campaign.Campaign
	document []byte
	test     campaign.TestSend
	left     []campaign.Addressee
	excluded []string
	names    *vault.Installation
	word     watch.Word
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

func (o *testOffice) Word(context.Context, int64) (watch.Word, error) { return o.word, nil }
func (o *testOffice) Installation() *vault.Installation               { return o.names }

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

func (o *testOffice) open(t *testing.T) delivery.StaffJob {
	t.Helper()
	job, err := Opener{Campaigns: o, Tests: o}.OpenStaff(t.Context(), 4)
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

// wordOf makes the mail that tells what waits.
func wordOf(t *testing.T, w watch.Word) delivery.StaffJob {
	t.Helper()
	o := newTestOffice(t)
	o.word, o.test = w, campaign.TestSend{ID: 4, At: time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)}
	job, err := Opener{Campaigns: o, Tests: o, Words: o}.OpenStaff(t.Context(), 4)
	if err != nil {
		t.Fatal(err)
	}
	return job
}

var (
	wordSender = &campaign.PlannedSender{From: "desk@example.com", FromName: "Larkfield", BounceDomain: "bounce.example.com"}
	wordRelay  = &campaign.PlannedRelay{ID: 9, Revision: 3, Host: "r.example.com", MaxRatePerSecond: 7, MaxConnections: 2}
	wordLines  = []watch.WordLine{{Kind: watch.TextWaits, Since: time.Date(2026, 3, 4, 1, 2, 3, 0, time.UTC)}, {Kind: watch.PlanWaits, Since: time.Date(2026, 3, 4, 2, 3, 4, 0, time.UTC)}, {Kind: watch.AmendmentWaits, Since: time.Date(2026, 3, 4, 3, 4, 5, 0, time.UTC)}}
)

func TestWordOfWhatWaitsHoldsNoLinkAndNamesNothing(t *testing.T) {
	job := wordOf(t, watch.Word{Lines: wordLines, Sender: wordSender, Relay: wordRelay})
	if !job.Patient || job.Campaign != 0 || job.Rate != 7 || len(job.Relays) != 1 || job.Relays[0] != (delivery.Relay{No: 9, Revision: 3, MaxRate: 7, MaxConnections: 2}) {
		t.Errorf("the job is %+v", job)
	}
	l := job.Letters[0]
	if l.Unsent != "" || l.To != "gil@example.org" || job.Letters[2].Unsent != delivery.TestUserGone {
		t.Fatalf("the letters are %+v", job.Letters)
	}
	if err := job.Guard.Check(l.Letter); err != nil {
		t.Errorf("the guard: %v", err)
	}
	raw := string(bytes.ReplaceAll(l.Raw, []byte("=\r\n"), nil))
	for _, want := range []string{"Subject: Something waits for your approval", "Something waits for your approval in Forthwith.", "Needs you", "A text, since 4 March 2026, 01:02 UTC", "A launch plan, since 4 March 2026, 02:03 UTC", "An amendment of a campaign that is paused, since 4 March 2026, 03:04 UTC"} {
		if strings.Count(raw, want) < 1 {
			t.Errorf("it does not say %q: %s", want, raw)
		}
	}
	for _, never := range []string{"http", "href", "<a ", "cmp_", "inc_", "ver_"} {
		if strings.Contains(strings.ToLower(raw), never) {
			t.Errorf("it holds %q: %s", never, raw)
		}
	}
}

func TestWordOfWhatWaitsNoMoreIsNotSent(t *testing.T) {
	for name, w := range map[string]watch.Word{"decided": {Sender: wordSender, Relay: wordRelay}, "nobody chose who mails": {Lines: wordLines}} {
		job := wordOf(t, w)
		if len(job.Letters) != 3 {
			t.Fatalf("%s: %+v", name, job)
		}
		for _, l := range job.Letters {
			if l.Unsent != delivery.WordMoot || l.Raw != nil {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
}
