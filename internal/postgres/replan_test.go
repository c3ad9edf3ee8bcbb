package postgres_test

import (
	"context"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/id"
	"forthwith/internal/postgres"
)

// planned launches a campaign that begins in an hour.
func (r *planRig) planned(s campaign.Settings) campaign.Campaign {
	r.t.Helper()
	later := time.Now().Add(time.Hour)
	s.ScheduleAt = &later
	c := r.approvedAs(s)
	if err := r.launch(c, r.gil); err != nil {
		r.t.Fatal(err)
	}
	return r.get(c.ID)
}

// again edits a campaign, and launches what comes of it.
func (r *planRig) again(c campaign.Campaign, edit func(*campaign.Settings)) campaign.Campaign {
	r.t.Helper()
	ctx := context.Background()
	c, err := r.service.Edit(ctx, r.cem, c.ID, r.get(c.ID).Version, func(s campaign.Settings) campaign.Settings {
		s.ScheduleAt = nil
		edit(&s)
		return s
	})
	if err != nil {
		r.t.Fatal(err)
	}
	c = r.check(c.ID)
	if c, err = r.service.Approve(ctx, r.ada, c.ID, c.PlanHash, ""); err != nil {
		r.t.Fatal(err)
	}
	if err := r.launch(c, r.gil); err != nil {
		r.t.Fatal(err)
	}
	return r.get(c.ID)
}

func (r *planRig) stand(c campaign.Campaign) delivery.Standing {
	r.t.Helper()
	st, err := postgres.DeliveryStore{DB: r.db.DB}.Stand(context.Background(), int64(c.ID), []delivery.Relay{{No: r.relay}})
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

// TestAnOldBoundIsNotHeldAgainstANewPlan lowers bounds of one plan, and has a
// stricter one approved: what legal approved last is the most that is sent.
func TestAnOldBoundIsNotHeldAgainstANewPlan(t *testing.T) {
	r := newPlanRig(t, 5)
	s := r.settings()
	s.MaxPerDomain = campaign.PerDomain{campaign.AnyDomain: 10}
	c := r.planned(s)
	slow := 3.0
	if _, err := r.service.Slow(context.Background(), r.gil, c.ID, campaign.Pace{MaxRatePerSecond: &slow, MaxPerDomain: campaign.PerDomain{campaign.AnyDomain: 5}}); err != nil {
		t.Fatal(err)
	}
	c = r.again(c, func(s *campaign.Settings) { s.MaxPerDomain = campaign.PerDomain{campaign.AnyDomain: 1} })
	if st := r.stand(c); st.Domains.Any != 1 || st.PerSecond != 50 {
		t.Errorf("%g a second to a domain and %g in all, where 1 and 50 were approved", st.Domains.Any, st.PerSecond)
	}
	if c.PerDomain()[campaign.AnyDomain] != 1 {
		t.Errorf("it is told as %v", c.PerDomain())
	}
}

// TestARelayThatAnEarlierPlanLeftIsUsedByTheNext would strand the campaign: its only
// relay was left for another one that is no longer in the plan.
func TestARelayThatAnEarlierPlanLeftIsUsedByTheNext(t *testing.T) {
	r := newPlanRig(t, 5)
	other := id.Relay(r.otherRelay("spare"))
	s := r.settings()
	s.Relays = append(s.Relays, other)
	c := r.planned(s)
	if _, err := r.service.Failover(context.Background(), r.gil, c.ID, campaign.Move{From: id.Relay(r.relay), To: other, Reason: "it is slow"}); err != nil {
		t.Fatal(err)
	}
	if way := r.stand(c).Relays[r.relay]; way != delivery.WayAside {
		t.Fatalf("the relay that was left is %s", way)
	}
	c = r.again(c, func(s *campaign.Settings) { s.Relays = []id.Relay{id.Relay(r.relay)} })
	if way := r.stand(c).Relays[r.relay]; way != delivery.WayFree {
		t.Errorf("the only relay of the plan is %s", way)
	}
}
