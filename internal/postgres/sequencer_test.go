package postgres_test

import (
	"context"
	"sync"
	"testing"

	"forthwith/internal/ledger"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

func TestTheLedgerGrowsOverAnyNumberOfSequencers(t *testing.T) {
	db := pgtest.New(t)
	ctx := context.Background()
	signer, err := ledger.ParseSigner(db.Signing)
	if err != nil {
		t.Fatal(err)
	}
	const entries = 300
	var writers sync.WaitGroup
	for range 6 {
		writers.Go(func() {
			for range entries / 6 {
				if err := db.RecordForTest(ctx); err != nil {
					t.Error(err)
				}
			}
		})
		writers.Go(func() {
			for range 20 {
				if _, err := db.Sequence(ctx, signer, 7); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	for {
		n, err := db.Sequence(ctx, signer, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	conn := db.As(t, postgres.AppRole)
	var leaves []ledger.Hash
	rows, err := conn.Query(ctx, "SELECT index, leaf_hash FROM ledger_leaf ORDER BY index")
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var index int64
		var leaf []byte
		if err := rows.Scan(&index, &leaf); err != nil || index != int64(len(leaves)) {
			t.Fatalf("leaf %d stands at %d: %v", len(leaves), index, err)
		}
		leaves = append(leaves, ledger.Hash(leaf))
	}
	if len(leaves) != entries {
		t.Fatalf("%d leaves of %d entries", len(leaves), entries)
	}
	var root []byte
	if err := conn.QueryRow(ctx, "SELECT root FROM checkpoint ORDER BY size DESC LIMIT 1").Scan(&root); err != nil {
		t.Fatal(err)
	}
	if ledger.Hash(root) != ledger.Root(leaves) {
		t.Error("the signed root is not the root over the leaves")
	}
}
