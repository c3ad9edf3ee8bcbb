package cohort

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
)

// ProofFormat names the form of a member's proof.
const ProofFormat = "forthwith/member-proof/v1"

// MemberProof shows that one person belongs to a frozen cohort: the audit path
// (RFC 6962 2.1.1) from their digest to the cohort's root, which stands in the
// ledger and in every plan for the cohort. The digest is an HMAC under the
// incident's proof key: whoever holds that key and an address can say whose it
// is; the proof alone names nobody. It checks without us.
type MemberProof struct {
	Format    string       `json:"format"`
	Incident  id.Incident  `json:"incident"`
	Cohort    id.Cohort    `json:"cohort"`
	Root      canon.Hash   `json:"root_hash"`
	Size      int64        `json:"resolved_size"`
	Recipient id.Recipient `json:"recipient"`
	Index     int64        `json:"index"` // from 0, in the order of the digests
	Digest    canon.Hash   `json:"recipient_digest"`
	Path      []canon.Hash `json:"path"` // from the leaf to the root
}

// ErrNoMember means that a person is none of a frozen cohort's.
var ErrNoMember = fault.New(fault.NotFound, "no_such_member", nil)

// Check tells whether the path leads from the digest to the root.
func (p MemberProof) Check() error {
	if p.Format != ProofFormat {
		return fault.New(fault.Invalid, "proof_format", nil)
	}
	path := make([]ledger.Hash, len(p.Path))
	for i, h := range p.Path {
		path[i] = ledger.Hash(h)
	}
	if err := ledger.Verify(path, p.Size, ledger.Hash(p.Root), p.Index, ledger.RecordHash(p.Digest[:])); err != nil {
		return fault.New(fault.Invalid, "proof_wrong", fault.Values{"recipient": p.Recipient.String(), "cohort": p.Cohort.String()}).Because(err)
	}
	return nil
}

// prove finds one digest among those of all members, in their order.
func (c Cohort) prove(no id.Recipient, own canon.Hash, digests []canon.Hash) (MemberProof, error) {
	p := MemberProof{Format: ProofFormat, Incident: c.Incident, Cohort: c.ID, Root: c.Root, Size: int64(len(digests)), Recipient: no, Index: -1, Digest: own, Path: []canon.Hash{}}
	leaves := make([]ledger.Hash, len(digests))
	for i, d := range digests {
		leaves[i] = ledger.RecordHash(d[:])
		if d == own {
			p.Index = int64(i)
		}
	}
	if p.Index < 0 {
		return p, ErrNoMember
	}
	path, err := ledger.Prove(leaves, int(p.Index))
	for _, h := range path {
		p.Path = append(p.Path, canon.Hash(h))
	}
	return p, err
}

// Proof proves that a person belongs to a frozen cohort. It fails when the
// members that are stored are not those under the root.
func (s Service) Proof(ctx context.Context, by access.Actor, no id.Cohort, person id.Recipient) (MemberProof, error) {
	if err := access.ReadIncident.Allow(by); err != nil {
		return MemberProof{}, err
	}
	c, err := s.Store.Cohort(ctx, no)
	if err != nil {
		return MemberProof{}, err
	}
	if c.State != Frozen {
		return MemberProof{}, c.wrongState()
	}
	if person.Parent != int64(c.Incident) {
		return MemberProof{}, ErrNoMember
	}
	own, digests, err := s.People.Digests(ctx, c, person)
	if err != nil {
		return MemberProof{}, err
	}
	p, err := c.prove(person, own, digests)
	if err == nil {
		err = p.Check()
	}
	return p, err
}
