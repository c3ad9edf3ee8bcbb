package campaign

import (
	"crypto/sha256"

	"forthwith/internal/canon"
	"forthwith/internal/ledger"
	"forthwith/internal/vault"
)

// BlockSize is how many leaves one block of the manifest holds.
const BlockSize = 512

// Leaf is what the manifest says of one person: who (under the incident's
// proof key), which variant, which values, which code.
func Leaf(person []byte, variant canon.Hash, values vault.Digest, code vault.Index) canon.Hash {
	h := sha256.New()
	h.Write([]byte("forthwith/manifest/v1\x00"))
	h.Write(person)
	h.Write(variant[:])
	h.Write(values[:])
	h.Write(code[:])
	return canon.Hash(h.Sum(nil))
}

// Node is the root over the leaves of one block.
func Node(leaves []canon.Hash) canon.Hash {
	hashes := make([]ledger.Hash, len(leaves))
	for i, l := range leaves {
		hashes[i] = ledger.RecordHash(l[:])
	}
	return canon.Hash(ledger.Root(hashes))
}

// ManifestRoot is the root over the nodes of all blocks, in order.
func ManifestRoot(nodes []canon.Hash) canon.Hash { return Node(nodes) }
