package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"forthwith/internal/campaign"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/genuine"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
)

// toldWrong is a campaign that was aborted on its way: ten were accepted, of whom
// one bounced and one complained, an eleventh may have been, the others were not.
func (r *planRig) toldWrong() campaign.Campaign {
	r.t.Helper()
	ctx := context.Background()
	c := r.approved()
	if err := r.launch(c, r.gil); err != nil {
		r.t.Fatal(err)
	}
	r.exec("UPDATE delivery SET status = 'accepted' WHERE seq <= 10")
	r.exec("UPDATE delivery SET status = 'bounced' WHERE seq = 4")
	r.exec("UPDATE delivery SET status = 'complained' WHERE seq = 5")
	r.exec("UPDATE delivery SET status = 'indeterminate' WHERE seq = 11")
	r.exec("UPDATE delivery SET status = 'rejected' WHERE seq = 12")
	if _, err := r.service.Abort(ctx, r.gil, c.ID, "the text is wrong"); err != nil {
		r.t.Fatal(err)
	}
	return r.get(c.ID)
}

// everybodyWith is the rule of those who have the text of a campaign.
func everybodyWith(no id.Campaign) string {
	text, err := json.Marshal(cohort.WithTextOf(no))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (r *planRig) frozenFollowUp(name string, basis id.Campaign, text string) cohort.Cohort {
	r.t.Helper()
	ctx := context.Background()
	c, err := r.followUp(name, basis, text)
	if err == nil {
		_, err = r.cohorts().Freeze(ctx, r.cem, c.ID)
	}
	if err == nil {
		err = r.cohorts().FreezeNow(ctx, c.ID)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	c, err = r.cohorts().Get(ctx, r.cem, c.ID)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *planRig) corrects(name string, before id.Campaign, to cohort.Cohort) campaign.Settings {
	s := r.settings()
	s.Name, s.Cohort, s.Corrects = name, to.ID, before
	return s
}

func blocked(c campaign.Campaign) map[string]int64 {
	found := map[string]int64{}
	for _, f := range c.Preflight.Blocking {
		found[f.Code] = f.People
	}
	return found
}

// A correction goes to exactly those who were accepted or may have been, less whom
// counsel excluded since; from its launch on codes of the first notice say so.
func TestACorrectionGoesToExactlyThoseWhoHaveTheText(t *testing.T) {
	r := newPlanRig(t, 20)
	ctx := context.Background()
	wrong := r.toldWrong()
	r.excluded(r.ada, cohort.CounselDecision, r.number("SELECT recipient_no FROM delivery WHERE seq = 2"))
	all := r.frozenFollowUp("All of them", wrong.ID, everybodyWith(wrong.ID))
	if all.Figures.Resolved != 10 || all.Figures.Excluded != 1 {
		t.Fatalf("%+v", all.Figures)
	}
	some := r.frozenFollowUp("Some of them", wrong.ID, fmt.Sprintf(`{"outcome":{"campaign":%q,"status":["accepted"]}}`, wrong.ID))
	more := r.frozenFollowUp("And others", wrong.ID, fmt.Sprintf(`{"outcome":{"campaign":%q,"status":["accepted","bounced","complained","indeterminate","cancelled"]}}`, wrong.ID))

	if got := blocked(r.checkedAs(r.corrects("The same text", wrong.ID, all))); len(got) != 1 || got["correction_same_text"] != 0 {
		t.Errorf("with the same text: %v", got)
	}
	r.text("What we wrote before is wrong. {{incident.measures}} Code {{notice.code}}.")
	if got := blocked(r.checkedAs(r.corrects("Too few", wrong.ID, some))); len(got) != 1 || got["correction_misses"] != 3 {
		t.Errorf("to some of them: %v", got)
	}
	if got := blocked(r.checkedAs(r.corrects("Too many", wrong.ID, more))); len(got) != 1 || got["correction_reaches_others"] != 7 {
		t.Errorf("to the seven with an address who were not reached: %v", got)
	}
	right := r.approvedAs(r.corrects("Correction", wrong.ID, all))
	code, newer := r.code(wrong.ID, 1), r.code(right.ID, 1)
	if got := r.asks(code); got.Word != genuine.Genuine {
		t.Errorf("before the correction is sent: %s", got.Word)
	}
	if err := r.launch(right, r.gil); err != nil {
		t.Fatal(err)
	}
	if err := sqlChange(fmt.Sprintf("UPDATE campaign SET corrects = NULL WHERE campaign_no = %d", right.ID))(r, right); err == nil {
		t.Error("what a launched campaign corrects was changed")
	}
	if got := r.asks(code); got.Word != genuine.Superseded || got.Facts == nil || !got.Facts.First.Equal(r.get(right.ID).LaunchedAt.UTC()) {
		t.Errorf("corrected: %+v", got)
	}
	if got := r.asks(newer); got.Word != genuine.Genuine {
		t.Errorf("the correction itself: %s", got.Word)
	}
	listed, err := r.service.List(ctx, r.cem, r.incident, 0, 50)
	if err != nil || listed[0].Settings.Corrects != 0 || listed[len(listed)-1].Settings.Corrects != wrong.ID {
		t.Errorf("listed %+v, %v", listed, err)
	}
}

// What corrects nothing that was sent is refused when it is saved, and a text that
// is still being sent is not corrected.
func TestACorrectionIsOfWhatWasSent(t *testing.T) {
	r := newPlanRig(t, 5)
	first := r.approved()
	s := r.settings()
	for name, no := range map[string]id.Campaign{"nothing": 99, "what was not sent": first.ID} {
		s.Name, s.Corrects = name, no
		if _, err := r.service.Create(context.Background(), r.cem, r.incident, s); !fault.Is(err, "corrected_unknown") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.launch(first, r.gil); err != nil {
		t.Fatal(err)
	}
	another := *r // the same people of another incident
	later, err := incident.Service{Store: postgres.IncidentStore{DB: r.db.DB}}.Open(context.Background(), r.cem, incident.Facts{Name: "Another breach", Texts: map[string]string{"incident.measures": "We moved."}})
	if err != nil {
		t.Fatal(err)
	}
	another.incident = later.ID
	r.exec("SELECT begin_people($1)", int64(later.ID))
	r.exec("SELECT attach_people($1)", int64(later.ID))
	another.people(3)
	another.text("Words of another incident. Code {{notice.code}}.")
	elsewhere := another.settings()
	elsewhere.Corrects = first.ID
	if _, err := r.service.Create(context.Background(), r.cem, later.ID, elsewhere); !fault.Is(err, "corrected_unknown") {
		t.Errorf("of another incident: %v", err)
	}
	r.exec("UPDATE delivery SET status = 'accepted' WHERE seq <= 3")
	all := r.frozenFollowUp("All of them", first.ID, everybodyWith(first.ID))
	r.text("What we wrote before is wrong. {{incident.measures}} Code {{notice.code}}.")
	if got := blocked(r.checkedAs(r.corrects("Early", first.ID, all))); len(got) != 1 || got["correction_too_early"] != 0 {
		t.Errorf("while it is sent: %v", got)
	}
}

// TextOut and the words of a status agree.
func TestWhoHasATextIsWhoWasAcceptedOrMayHaveBeen(t *testing.T) {
	for _, s := range outcome.Statuses {
		has := false
		for _, one := range outcome.TextOut {
			has = has || one == s
		}
		if has != (s.Kept() || s == outcome.Indeterminate) {
			t.Errorf("%s: %v", s, has)
		}
	}
}
