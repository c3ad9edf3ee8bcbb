package delivery

import (
	"encoding/binary"
	"slices"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/ledger"
	"forthwith/internal/outcome"
)

// Intent is the announcement of one attempt. DATA is not sent before it is
// committed.
type Intent struct {
	Seq     int64
	Attempt int
	Batch   int64
	Fence   int64
	Relay   Relay
	Date    time.Time
	Hash    canon.Hash
}

// Evidence is what a connection knows of the relay at its other end.
type Evidence struct {
	TLSVersion  string
	Certificate []byte // SHA-256 of the leaf certificate
}

// Outcome is how one attempt ended, and what follows from it.
type Outcome struct {
	Seq      int64
	Attempt  int
	Relay    int64
	Reply    outcome.Reply
	Evidence Evidence
	Hash     canon.Hash // of the message that was or would have been sent
	Waited   bool       // it stands among those that wait
	Ruling
}

// Leaf is the outcome's leaf in its group's entry of the ledger.
func (o Outcome) Leaf(campaign int64) ledger.Hash {
	b := make([]byte, 0, 128)
	for _, n := range []int64{campaign, o.Seq, int64(o.Attempt), o.Relay, int64(o.Reply.Code)} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	if o.Reply.Lost {
		b = append(b, 1)
	}
	for _, s := range []string{string(o.Reply.Phase), o.Reply.Enhanced, o.Reply.QueueID} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	return ledger.RecordHash(append(b, o.Hash[:]...))
}

// Group is what commits in one go: the outcomes of finished attempts and the
// intents of the next ones.
type Group struct {
	Campaign int64
	Incident int64
	Worker   Worker
	No       int64 // unique for ever: names the group after a lost answer
	At       time.Time
	Outcomes []Outcome
	Intents  []Intent
	Finished []Claim // batches of which nothing is left to do
	Again    bool    // it was asked for before, and nobody knows whether it was made
}

// PutOff is what could not be made of one claimed batch.
type PutOff struct {
	Campaign int64
	Incident int64
	Worker   Worker
	Claim    Claim
	Unmade   []Unmade
	After    time.Duration // until it is looked at again
}

// NotAsApproved tells whether one of them is not what was approved.
func (p PutOff) NotAsApproved() bool {
	return slices.ContainsFunc(p.Unmade, func(u Unmade) bool { return u.Why == NotAsApproved || u.Why == Withheld })
}

// Claim names a batch as it was claimed.
type Claim struct {
	Batch int64
	Fence int64
}

// Worker is a running process that sends.
type Worker struct {
	No   int
	Name string
}

// Root is the Merkle root over the group's outcomes.
func (g Group) Root() ledger.Hash {
	leaves := make([]ledger.Hash, len(g.Outcomes))
	for i, o := range g.Outcomes {
		leaves[i] = o.Leaf(g.Campaign)
	}
	return ledger.Root(leaves)
}
