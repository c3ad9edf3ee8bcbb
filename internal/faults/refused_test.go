package main

import (
	"context"
	"testing"

	"forthwith/internal/outcome"
	"forthwith/internal/smtpclient/relaytest"
)

// What the record refuses for its own reasons is known to nobody: the worker
// gives up, everybody else of its groups is on record, and the attempt is
// unclear instead of waiting for ever.
func TestARefusedOutcomeEndsTheWorkerAndIsUnclear(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, 200, "hold", relaytest.Config{})
	r.owner(`CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF NEW.seq = 77 AND NEW.phase <> 'lease' THEN RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$;
		CREATE TRIGGER refuse_one BEFORE INSERT ON outcome FOR EACH ROW EXECUTE FUNCTION refuse_one()`)
	e := r.engine("refused")
	if err := e.Run(ctx, ctx, r.job(8)); err != nil {
		t.Fatal(err)
	}
	if !r.gaveUp.Load() {
		t.Fatal("the worker goes on")
	}
	if got := r.statuses(); got[outcome.Accepted] != 199 || got[outcome.Pending] != 1 {
		t.Fatalf("before the burial: %v", got)
	}
	if err := r.store.Retire(ctx, e.Worker); err != nil {
		t.Fatal(err)
	}
	if got := r.statuses(); got[outcome.Accepted] != 199 || got[outcome.Indeterminate] != 1 {
		t.Errorf("after the burial: %v", got)
	}
	r.invariants()
}
