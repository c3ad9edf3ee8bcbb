package postgres_test

import (
	"context"
	"testing"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
	"forthwith/internal/postgres"
	"forthwith/internal/vault"
)

// hotPath drives claims and groups as a run does, over a pool of its own whose
// one connection plans its statements while the campaign has sent next to
// nothing.
type hotPath struct {
	*planRig
	store    postgres.DeliveryStore
	worker   delivery.Worker
	campaign int64
	groups   int64
	sent     []delivery.Outcome
}

// round claims some people, announces them with the answers of the round before
// and keeps what they were answered.
func (h *hotPath) round() {
	h.t.Helper()
	b, err := h.store.Claim(context.Background(), delivery.Job{Campaign: h.campaign}, h.worker, delivery.Want{Most: 16})
	if err != nil {
		h.t.Fatal(err)
	}
	h.groups++
	g := delivery.Group{Campaign: h.campaign, Incident: int64(h.incident), Worker: h.worker, No: h.groups, At: b.Now, Outcomes: h.sent}
	h.sent = nil
	for _, p := range b.People {
		hash := canon.Hash{byte(p.Seq)}
		g.Intents = append(g.Intents, delivery.Intent{Seq: p.Seq, Attempt: p.Attempt, Batch: b.No, Fence: b.Fence, Relay: delivery.Relay{No: h.relay, Revision: 1}, Date: b.Now, Hash: hash})
		o := delivery.Outcome{Seq: p.Seq, Attempt: p.Attempt, Relay: h.relay, Reply: outcome.Reply{Phase: outcome.PhaseDot, Code: 250}, Hash: hash}
		o.Status = outcome.Accepted
		h.sent = append(h.sent, o)
	}
	granted, err := h.store.Commit(context.Background(), g)
	if err != nil {
		h.t.Fatal(err)
	}
	for i, ok := range granted {
		if !ok {
			h.t.Fatalf("intent %d was not granted", i)
		}
	}
}

// read is how many rows and entries of some tables anybody has read so far.
func (h *hotPath) read(tables string) int64 {
	return h.number(`SELECT (SELECT sum(seq_tup_read) FROM pg_stat_all_tables WHERE relname ~ $1) + (SELECT sum(idx_tup_read) FROM pg_stat_all_indexes WHERE relname ~ $1)`, tables)
}

// batches are read by each claim.
const batches = `^batch_\d+$`

// What a claim and a group cost must not grow with what the campaign has sent:
// their statements are planned when it has sent nothing, and kept.
func TestAClaimAndAGroupDoNotReadWhatWasSentBefore(t *testing.T) {
	const before = 20_000
	h := &hotPath{planRig: newPlanRig(t, 400)}
	c := h.approved()
	if err := h.launch(c, h.gil); err != nil {
		t.Fatal(err)
	}
	h.campaign = int64(c.ID)
	h.store = postgres.DeliveryStore{DB: h.pool()}
	var err error
	if h.worker, err = h.store.Enlist(context.Background(), "worker", time.Minute); err != nil {
		t.Fatal(err)
	}
	told := h.read(batches)
	for range 8 { // as often as it takes for the plans to be kept
		h.round()
	}
	h.exec(`INSERT INTO intent (campaign_no, group_no, worker_no, seq, attempt, relay_no, relay_revision, date, message_sha256)
		SELECT $1, 0, $2, 1000000 + s, 1, $3, 1, now(), '' FROM generate_series(1, $4) s`, h.campaign, h.worker.No, h.relay, before)
	h.exec(`INSERT INTO outcome (campaign_no, group_no, seq, attempt, n, position, code, lost, phase)
		SELECT $1, 0, 1000000 + s, 1, 0, 0, 250, false, 'dot' FROM generate_series(1, $2) s`, h.campaign, before)
	h.round()
	h.round()
	h.store.Close() // a backend that ends tells what it has read
	for end := time.Now().Add(time.Minute); h.read(batches) < told+10; {
		if time.Now().After(end) {
			t.Fatal("the backend never told what it has read")
		}
	}
	if n := h.read(`^(intent|outcome)_\d+$`); n >= before {
		t.Errorf("%d rows were read of a campaign that had sent %d", n, before)
	}
}

// pool opens the database once more, with one connection and the same keys.
func (h *hotPath) pool() *postgres.DB {
	h.t.Helper()
	db, err := postgres.Connect(context.Background(), h.db.URL, postgres.Options{User: postgres.AppRole, Database: h.db.Name, MaxConns: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	master, err := vault.ParseMaster(h.db.Master)
	if err != nil {
		h.t.Fatal(err)
	}
	signer, err := ledger.ParseSigner(h.db.Signing)
	if err != nil {
		h.t.Fatal(err)
	}
	if err := db.Begin(context.Background(), master, signer.Origin(), "test"); err != nil {
		h.t.Fatal(err)
	}
	return db
}
