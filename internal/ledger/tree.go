package ledger

import (
	"crypto/sha256"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of a Merkle tree: a SHA-256 as RFC 6962 2.1 makes it.
type Hash = tlog.Hash

// RecordHash is the hash of a leaf.
func RecordHash(record []byte) Hash { return tlog.RecordHash(record) }

// Root is the root over leaves that are all at hand (RFC 6962 2.1). Without
// leaves it is the hash of nothing.
func Root(leaves []Hash) Hash {
	if len(leaves) == 0 {
		return sha256.Sum256(nil)
	}
	// The roots of the whole subtrees so far, the largest first: one for each bit
	// of their number.
	var whole [bits.UintSize]Hash
	n := 0
	for i, leaf := range leaves {
		whole[n] = leaf
		for range bits.TrailingZeros(uint(i + 1)) {
			n--
			whole[n] = tlog.NodeHash(whole[n], whole[n+1])
		}
		n++
	}
	root := whole[n-1]
	for i := n - 2; i >= 0; i-- {
		root = tlog.NodeHash(whole[i], root)
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
