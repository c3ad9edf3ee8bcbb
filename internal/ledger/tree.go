package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of a Merkle tree: a SHA-256 as RFC 6962 2.1 makes it.
type Hash = tlog.Hash

// RecordHash is the hash of a leaf.
func RecordHash(record []byte) Hash { return tlog.RecordHash(record) }

// Root is the root over leaves that are all at hand (RFC 6962 2.1). Without
// leaves it is the hash of nothing.
func Root(leaves []Hash) Hash {
	var nodes []Hash
	read := reader(&nodes)
	for i, leaf := range leaves {
		added, err := tlog.StoredHashesForRecordHash(int64(i), leaf, read)
		if err != nil {
			panic("root over leaves at hand: " + err.Error()) // the reader holds every node before
		}
		nodes = append(nodes, added...)
	}
	root, err := tlog.TreeHash(int64(len(leaves)), read)
	if err != nil {
		panic("root over leaves at hand: " + err.Error())
	}
	return root
}

// Prove makes the audit path of one leaf among leaves that are all at hand.
func Prove(leaves []Hash, index int) ([]Hash, error) {
	var nodes []Hash
	read := reader(&nodes)
	for i, leaf := range leaves {
		added, err := tlog.StoredHashesForRecordHash(int64(i), leaf, read)
		if err != nil {
			return nil, fmt.Errorf("prove leaf %d: %w", index, err)
		}
		nodes = append(nodes, added...)
	}
	proof, err := tlog.ProveRecord(int64(len(leaves)), int64(index), read)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d: %w", index, err)
	}
	return proof, nil
}

// Verify checks that a leaf stands at an index of a tree with this size and
// root.
func Verify(proof []Hash, size int64, root Hash, index int64, leaf Hash) error {
	return tlog.CheckRecord(proof, size, root, index, leaf)
}

func reader(nodes *[]Hash) tlog.HashReaderFunc {
	return func(indexes []int64) ([]Hash, error) {
		out := make([]Hash, len(indexes))
		for i, ix := range indexes {
			out[i] = (*nodes)[ix]
		}
		return out, nil
	}
}
