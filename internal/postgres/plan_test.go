package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/notice"
	"forthwith/internal/postgres"
)

func TestACampaignGoesFromDraftToSending(t *testing.T) {
	r := newPlanRig(t, 700)
	c := r.checked()
	if c.State != campaign.Ready || !c.Preflight.OK || c.Preflight.Counts.ToSend != 699 || c.Preflight.Counts.Unaddressed != 1 {
		t.Fatalf("%+v", c)
	}
	if n := r.number("SELECT count(*) FROM batch WHERE campaign_no = $1", int64(c.ID)); n != 2 {
		t.Errorf("%d batches", n)
	}
	c, err := r.service.Approve(context.Background(), r.ada, c.ID, c.PlanHash, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.launch(c, r.cem); err != nil {
		t.Fatal(err)
	}
	if c = r.get(c.ID); c.State != campaign.Sending || c.StartedAt == nil {
		t.Errorf("%+v", c)
	}
}

// A field of the plan, and the ways in which somebody changes it after the
// approval. Each must stop the launch and name the field, or be refused by the
// database.
var planChanges = map[string][]func(r *planRig, c campaign.Campaign) error{
	"campaign":     {sqlChange("UPDATE plan SET campaign_no = campaign_no + 1")},
	"plan_no":      {sqlChange("UPDATE campaign SET plan_no = plan_no + 1, state = 'approved'")},
	"format":       {sqlChange("UPDATE plan SET document = replace(convert_from(document, 'UTF8'), 'plan/v1', 'plan/v2')::bytea")},
	"corrects":     {sqlChange("UPDATE campaign SET corrects = 99"), sqlChange("UPDATE campaign SET corrects = campaign_no")},
	"incident":     {sqlChange("UPDATE campaign SET incident_no = incident_no + 1")},
	"preflight_at": {sqlChange("UPDATE plan SET made_at = now()")},
	"facts_version": {func(r *planRig, _ campaign.Campaign) error {
		return r.changeFacts(func(f incident.Facts) incident.Facts { f.Summary = "more is known"; return f })
	}},
	"facts": {func(r *planRig, _ campaign.Campaign) error {
		return r.changeFacts(func(f incident.Facts) incident.Facts {
			f.Texts = map[string]string{"incident.measures": "We did nothing."}
			return f
		})
	}, sqlChange("UPDATE incident_fact SET document = '{}'")},
	"facts_in": {func(r *planRig, _ campaign.Campaign) error {
		return r.changeFacts(func(f incident.Facts) incident.Facts {
			f.Language = "de"
			return f.Stating("en", "incident.measures", "We moved to the moon.")
		})
	}},
	"organisation_version": {func(r *planRig, _ campaign.Campaign) error {
		_, err := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}.SetOrganisation(context.Background(), r.eli, 1, incident.Organisation{Name: "Another Cloud"})
		return err
	}, sqlChange("UPDATE organisation SET document = '{}'")},
	"cohort": {sqlChange("UPDATE cohort SET root = sha256('other')"), sqlChange("UPDATE campaign SET cohort_no = cohort_no + 1"), sqlChange("DELETE FROM cohort_member")},
	"version": {sqlChange("UPDATE campaign SET version_no = version_no + 1"), func(r *planRig, _ campaign.Campaign) error {
		r.exec("INSERT INTO version_event (version_no, event_no, kind, made_by) VALUES ($1, 9, 'withdraw', $2)", r.version, int64(r.ada.User))
		return nil
	}},
	"lists": {sqlChange(withdrawFirst)},
	"gates": {func(r *planRig, c campaign.Campaign) error {
		gates := cohort.Gates{Store: postgres.GateStore{DB: r.db.DB}}
		_, err := gates.Create(context.Background(), r.cem, r.incident, cohort.GateDraft{Cohort: c.Settings.Cohort, Name: "Secured", Rule: cohort.Rule{Attribute: "secured", Op: cohort.Exists}})
		return err
	}, sqlChange("UPDATE gate SET name = 'Other'"), sqlChange(`INSERT INTO gate (incident_no, cohort_no, name, rule, made_by, made_at, entry_id) SELECT incident_no, cohort_no, 'By SQL', '{"list":"lst_1"}', created_by, now(), gen_random_uuid() FROM cohort`)},
	"rules": {sqlChange(`UPDATE plan SET document = replace(convert_from(document, 'UTF8'), '"rules"', '"ruled"')::bytea`)},
	"text":  {sqlChange("UPDATE version SET document = '{}'")},
	"sender": {sqlChange("UPDATE sender_revision SET from_address = 'other@example.com'"), func(r *planRig, _ campaign.Campaign) error {
		r.exec(`INSERT INTO sender_revision (sender_no, revision, from_address, from_name, reply_to, bounce_domain, link_hosts, made_by)
			SELECT sender_no, 2, 'other@example.com', from_name, reply_to, bounce_domain, link_hosts, made_by FROM sender_revision`)
		r.exec("UPDATE sender SET revision = 2")
		return nil
	}},
	"relays": {sqlChange("UPDATE relay_revision SET host = 'other.example.com'"), sqlChange("UPDATE campaign SET relays = relays || 7::bigint"), func(r *planRig, _ campaign.Campaign) error {
		r.relayRevision(2, "other.example.com")
		return nil
	}},
	"max_rate_per_second":        {sqlChange("UPDATE campaign SET max_rate_per_second = 99")},
	"schedule_at":                {sqlChange("UPDATE campaign SET schedule_at = now()")},
	"expire_after_seconds":       {sqlChange("UPDATE campaign SET expire_after_seconds = 99999")},
	"on_indeterminate":           {sqlChange("UPDATE campaign SET on_indeterminate = 'resend_once'")},
	"max_per_domain":             {sqlChange("UPDATE campaign SET max_per_domain = '{\"default\": 5}'")},
	"max_concurrency_per_domain": {sqlChange("UPDATE campaign SET max_concurrency = '{\"default\": 5}'")},
	"ramp":                       {sqlChange(`UPDATE campaign SET ramp = '[{"count": 9, "hold_seconds": 1}]'`)},
	"stop_above_percent":         {sqlChange("UPDATE campaign SET stop_above_percent = 99")},
	"send_window":                {sqlChange("UPDATE campaign SET send_window = '{}'")},
	"manifest_root": {sqlChange("UPDATE delivery SET leaf = sha256('other') WHERE seq = 3"), sqlChange("UPDATE block SET node = sha256('other')"),
		sqlChange("DELETE FROM delivery WHERE seq = 3")},
	"to_send":     {sqlChange("UPDATE delivery SET status = 'accepted' WHERE seq = 3"), sqlChange("DELETE FROM delivery WHERE seq = 4")},
	"unaddressed": {sqlChange("UPDATE delivery SET status = 'cancelled' WHERE status = 'unaddressed'")},
	"excluded":    {sqlChange("UPDATE delivery SET status = 'pending' WHERE status = 'excluded'"), sqlChange("DELETE FROM decision")},
	"suppressed":  {sqlChange("UPDATE plan SET document = '{}'")},
}

// withdrawFirst takes the first list back past the program.
const withdrawFirst = `UPDATE list SET state = 'withdrawn', withdrawn_by = uploaded_by, withdrawal_reason = '', withdrawal_asked_at = now(), withdrawn_at = now() WHERE list_no = 1`

// sqlChange changes rows past the program, as the application's role.
func sqlChange(sql string) func(r *planRig, c campaign.Campaign) error {
	return func(r *planRig, _ campaign.Campaign) error {
		_, err := r.app.Exec(context.Background(), sql)
		return err
	}
}

func (r *planRig) changeFacts(edit func(incident.Facts) incident.Facts) error {
	s := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}
	i, err := s.Get(context.Background(), r.cem, r.incident)
	if err != nil {
		return err
	}
	_, err = s.Change(context.Background(), r.cem, r.incident, i.Version, edit)
	return err
}

// The plan has what the languages of its texts state, and a fact that only one of
// them states is missed by the others.
func TestAPlanTellsFactsInTheLanguagesOfItsTexts(t *testing.T) {
	r := newPlanRig(t, 6)
	text := func(locale, body string) notice.Source {
		return notice.Source{Locale: locale, Jurisdictions: []string{}, Subject: "{{org.name}}", Body: body}
	}
	if err := r.changeFacts(func(f incident.Facts) incident.Facts {
		return f.Stating("de", "incident.cause", "Wir wurden betrogen.").Stating("fr", "incident.cause", "On nous a trompés.")
	}); err != nil {
		t.Fatal(err)
	}
	named := 0
	checked := func(of ...notice.Source) campaign.Campaign {
		t.Helper()
		named++
		r.variants(of...)
		s := r.settings()
		s.Name = fmt.Sprintf("Campaign %d", named)
		return r.checkedAs(s)
	}
	if p := r.plan(checked(text("en", "Words."))); len(p.FactsIn) != 0 {
		t.Errorf("a plan in English has %v", p.FactsIn)
	}
	both := checked(text("en", "Words."), text("de", "{{incident.cause}}"))
	if p := r.plan(both); len(p.FactsIn) != 1 || p.FactsIn["de"]["incident.cause"] != "Wir wurden betrogen." {
		t.Errorf("a plan with German has %v", p.FactsIn)
	}
	missed := checked(text("en", "{{incident.cause}}"), text("de", "{{incident.cause}}"))
	if got := blocked(missed); len(got) == 0 || got["fact_missing"] != 0 {
		t.Errorf("an English text lacks what only German states: %v", got)
	}
}

func TestEveryPlanFieldHasItsChanges(t *testing.T) {
	for _, name := range campaign.PlanFields() {
		if len(planChanges[name]) == 0 {
			t.Errorf("no change of %q is tried", name)
		}
	}
	if all := len(campaign.PlanFields()); len(planChanges) != all {
		t.Errorf("%d fields are tried, the plan has %d", len(planChanges), all)
	}
}

func TestAChangeAfterApprovalStopsTheLaunch(t *testing.T) {
	for field, changes := range planChanges {
		for i, change := range changes {
			t.Run(field+"/"+string(rune('a'+i)), func(t *testing.T) {
				r := newPlanRig(t, 20)
				r.excluded(r.ada, cohort.Deceased, 7)
				c := r.approved()
				if err := change(r, c); err != nil {
					return // the database or the service refused the change itself
				}
				err := r.launch(c, r.cem)
				f, ok := fault.As(err)
				if !ok || f.Code != "plan_field_changed" || !names(f, field) {
					t.Fatalf("launched, or not for %q: %v %+v", field, err, f)
				}
				if r.get(c.ID).State != campaign.Approved {
					t.Errorf("state %s", r.get(c.ID).State)
				}
			})
		}
	}
}

func names(f *fault.Fault, field string) bool {
	for _, got := range f.Fields {
		if got.Name == field {
			return true
		}
	}
	return false
}

// F18: launch pressed fifty times at once.
func TestFiftyPressesLaunchOnce(t *testing.T) {
	r := newPlanRig(t, 30)
	c := r.approved()
	var launched, refused atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			err := r.launch(c, r.cem)
			switch {
			case err == nil:
				launched.Add(1)
			case fault.Is(err, "launched_already"):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if launched.Load() != 1 || refused.Load() != 49 {
		t.Errorf("%d launches, %d refusals", launched.Load(), refused.Load())
	}
	if n := r.number("SELECT count(*) FROM ledger_entry WHERE verb = 'campaign_launched'"); n != 1 {
		t.Errorf("%d entries in the ledger", n)
	}
}

// F15: an action that cannot be put on record does not happen.
func TestWithoutItsEntryNothingHappens(t *testing.T) {
	r := newPlanRig(t, 10)
	c := r.approved()
	if _, err := r.owner.Exec(context.Background(), "ALTER TABLE ledger_entry ADD CONSTRAINT disk_full CHECK (false) NOT VALID"); err != nil {
		t.Fatal(err)
	}
	if err := r.launch(c, r.cem); err == nil {
		t.Fatal("launched without an entry")
	}
	if _, err := r.service.Reject(context.Background(), r.ada, c.ID, c.PlanHash, "no"); err == nil {
		t.Fatal("rejected without an entry")
	}
	if got := r.get(c.ID); got.State != campaign.Approved {
		t.Errorf("state %s", got.State)
	}
	if n := r.number("SELECT count(*) FROM launch"); n != 0 {
		t.Errorf("%d launches", n)
	}
}

func TestDifferentPeopleWriteApproveAndLaunch(t *testing.T) {
	r := newPlanRig(t, 10)
	c := r.checked()
	ctx := context.Background()
	if _, err := r.service.Approve(ctx, r.bo, c.ID, c.PlanHash, ""); !fault.Is(err, "own_text") {
		t.Errorf("the author approves: %v", err)
	}
	if _, err := r.service.Approve(ctx, r.cem, c.ID, c.PlanHash, ""); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("ops approves: %v", err)
	}
	if _, err := r.service.Approve(ctx, r.ada, c.ID, canon.Hash{1}, ""); !fault.Is(err, "other_plan") {
		t.Errorf("another hash is approved: %v", err)
	}
	_, err := r.app.Exec(ctx, "INSERT INTO approval (kind, target, campaign_no, approver, method) VALUES ('plan', $1, $2, $3, 'totp')", c.PlanHash[:], int64(c.ID), int64(r.bo.User))
	if !isConstraint(err, "approver_is_author") {
		t.Errorf("the author approves by SQL: %v", err)
	}
	if c, err = r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, ""); err != nil {
		t.Fatal(err)
	}
	for who, by := range map[string]id.User{"the approver": r.ada.User, "the author": r.bo.User} {
		if _, err := r.app.Exec(ctx, "UPDATE user_account SET role = 'ops' WHERE user_no = $1", int64(by)); err != nil {
			t.Fatal(err)
		}
		_, err := r.app.Exec(ctx, "INSERT INTO launch (campaign_no, plan_no, plan_sha256, confirmed, launched_by) VALUES ($1, $2, $3, 9, $4)", int64(c.ID), c.PlanNo, c.PlanHash[:], int64(by))
		if !isConstraint(err, "launcher_is_approver") && !isConstraint(err, "launcher_is_author") {
			t.Errorf("%s launches by SQL: %v", who, err)
		}
	}
	wrong := c
	wrong.Preflight.Counts.ToSend++
	if err := r.launch(wrong, r.cem); !fault.Is(err, "launch_count") {
		t.Errorf("launched with another count: %v", err)
	}
	if _, err := r.app.Exec(ctx, "UPDATE campaign SET state = 'sending' WHERE campaign_no = $1", int64(c.ID)); err == nil {
		t.Error("a campaign is sent that nobody launched")
	}
}

// TestNobodyIsAuthorAndApproverOfATextThatIsSent has the approver of a text write in
// its line: before a plan with it is approved, and after.
func TestNobodyIsAuthorAndApproverOfATextThatIsSent(t *testing.T) {
	ctx := context.Background()
	write := func(r *planRig) error {
		store := postgres.NoticeStore{DB: r.db.DB}
		draft := notice.Draft{DefaultLocale: "en", Variants: []notice.Source{{Locale: "en", Jurisdictions: []string{}, Subject: "s", Body: "b"}}}
		_, err := notice.Service{Store: store, Scene: store}.Save(ctx, r.ada, 1, 0, draft)
		return err
	}
	t.Run("before", func(t *testing.T) {
		r := newPlanRig(t, 5)
		cy, c := r.user("cy", access.Legal), r.checked()
		if err := write(r); err != nil {
			t.Fatal(err)
		}
		if _, err := r.service.Approve(ctx, cy, c.ID, c.PlanHash, ""); !fault.Is(err, "approver_wrote_since") {
			t.Errorf("approved: %v", err)
		}
		_, err := r.app.Exec(ctx, "INSERT INTO approval (kind, target, campaign_no, approver, method) VALUES ('plan', $1, $2, $3, 'totp')", c.PlanHash[:], int64(c.ID), int64(cy.User))
		if !isConstraint(err, "text_approver_is_author") {
			t.Errorf("approved by SQL: %v", err)
		}
	})
	t.Run("after", func(t *testing.T) {
		r := newPlanRig(t, 5)
		cy, c := r.user("cy", access.Legal), r.checked()
		if _, err := r.service.Approve(ctx, cy, c.ID, c.PlanHash, ""); err != nil {
			t.Fatal(err)
		}
		if err := write(r); !fault.Is(err, "author_approved_text") {
			t.Errorf("written: %v", err)
		}
	})
}

// TestWhoeverLosesTheirRoleMeanwhileIsTold takes it away between the look at who asks,
// which is over here, and the decision: it is refused in words, and nothing happens.
func TestWhoeverLosesTheirRoleMeanwhileIsTold(t *testing.T) {
	ctx := context.Background()
	for name, lost := range map[string]string{"another role": "role = 'auditor'", "no account": "disabled_at = now()"} {
		t.Run(name, func(t *testing.T) {
			r := newPlanRig(t, 5)
			c := r.checked()
			ben := r.user("ben", access.Legal)
			if _, err := r.service.Approve(ctx, ben, c.ID, c.PlanHash, ""); err != nil {
				t.Fatal(err)
			}
			r.exec("UPDATE user_account SET "+lost+" WHERE user_no IN ($1, $2)", int64(r.ada.User), int64(r.gil.User))
			if err := r.launch(r.get(c.ID), r.gil); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("launched: %v", err)
			}
			s := r.settings()
			s.Name = "Another"
			other := r.checkedAs(s)
			if _, err := r.service.Approve(ctx, r.ada, other.ID, other.PlanHash, ""); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("approved: %v", err)
			}
			if got := r.get(c.ID); got.State != campaign.Approved {
				t.Errorf("it is %s", got.State)
			}
		})
	}
}

func TestAnEditReturnsAPlanToDraft(t *testing.T) {
	r := newPlanRig(t, 10)
	c := r.approved()
	edited, err := r.service.Edit(context.Background(), r.cem, c.ID, c.Version, func(s campaign.Settings) campaign.Settings {
		s.MaxRatePerSecond = 10
		return s
	})
	if err != nil || edited.State != campaign.Draft || !edited.PlanHash.IsZero() {
		t.Fatalf("%+v, %v", edited, err)
	}
	err = r.launch(c, r.cem)
	if f, ok := fault.As(err); !ok || f.Code != "launch_needs_approval" || len(f.Fields) != 1 || !names(f, "max_rate_per_second") {
		t.Errorf("launched after an edit, or told of another: %v %+v", err, f)
	}
	c.PlanHash = canon.Hash{1}
	if f, ok := fault.As(r.launch(c, r.cem)); !ok || f.Code != "launch_needs_approval" || len(f.Fields) != 0 {
		t.Errorf("a plan that never was is told as %+v", f)
	}
	if _, err := r.service.Edit(context.Background(), r.cem, c.ID, c.Version, func(s campaign.Settings) campaign.Settings { return s }); !fault.Is(err, "changed_meanwhile") {
		t.Errorf("an edit of what was not seen: %v", err)
	}
}
