package worker

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/dkim"
	"forthwith/internal/intake"
	"forthwith/internal/letter"
	"forthwith/internal/vault"
)

// composer makes the letters of one plan. It is safe for use by several
// goroutines at once.
type composer struct {
	plan    campaign.Plan
	people  People
	press   *campaign.Press
	letters []*letter.Composer
	names   *vault.Installation
	signer  *dkim.Signer

	mu     sync.Mutex
	blocks map[int]bool // checked against the manifest
}

// Why a letter is not made. Nothing of it reaches a relay.
var (
	errLeaf  = errors.New("the person, their values or their text are not what the manifest says")
	errBlock = errors.New("the block of the manifest does not fit its node")
	errBytes = errors.New("the message is not the one that was announced first")
)

// Compose checks claimed deliveries against the manifest and makes their
// letters. See delivery.Composer.
func (c *composer) Compose(ctx context.Context, claimed []delivery.Claimed, now time.Time) (iter.Seq2[delivery.Letter, *delivery.Unmade], error) {
	numbers := make([]int64, len(claimed))
	for i, cl := range claimed {
		numbers[i] = cl.Recipient
	}
	people, err := c.people.People(ctx, int64(c.plan.Incident), numbers, intake.Wanted{Fields: c.press.Fields(), Lists: c.plan.Lists})
	if err != nil {
		return nil, err
	}
	fits, err := c.checkBlocks(ctx, claimed)
	if err != nil {
		return nil, err
	}
	return func(yield func(delivery.Letter, *delivery.Unmade) bool) {
		for i, cl := range claimed {
			l, err := delivery.Letter{}, errBlock
			if fits[blockOf(cl)] {
				l, err = c.letter(cl, people[i], now)
			}
			if !yield(l, unmadeFor(cl, err)) {
				return
			}
		}
	}, nil
}

// unmadeFor says why a letter was not made; nil: it was.
func unmadeFor(cl delivery.Claimed, err error) *delivery.Unmade {
	if err == nil {
		return nil
	}
	u := &delivery.Unmade{Claimed: cl, Reason: err, Why: delivery.NotMade}
	if errors.Is(err, errLeaf) || errors.Is(err, errBlock) || errors.Is(err, errBytes) {
		u.Why = delivery.NotAsApproved
	}
	return u
}

func blockOf(cl delivery.Claimed) int { return int((cl.Seq - 1) / campaign.BlockSize) }

// checkBlocks holds the leaves of the blocks of deliveries against the nodes
// that the plan's root was made of, once for each block, and tells which fit.
func (c *composer) checkBlocks(ctx context.Context, claimed []delivery.Claimed) (map[int]bool, error) {
	all := map[int]bool{}
	for _, cl := range claimed {
		no := blockOf(cl)
		if _, seen := all[no]; seen {
			continue
		}
		fits, err := c.checkBlock(ctx, no)
		if err != nil {
			return nil, err
		}
		all[no] = fits
	}
	return all, nil
}

func (c *composer) checkBlock(ctx context.Context, no int) (fits bool, err error) {
	c.mu.Lock()
	fits, known := c.blocks[no]
	c.mu.Unlock()
	if known {
		return fits, nil
	}
	node, leaves, err := c.people.Block(ctx, int64(c.plan.Campaign), c.plan.No, no)
	if err != nil {
		return false, err
	}
	fits = campaign.Node(leaves) == node
	c.mu.Lock()
	defer c.mu.Unlock()
	c.blocks[no] = fits
	return fits, nil
}

// letter makes one person's letter. A panic while it is made is this person's
// alone.
func (c *composer) letter(cl delivery.Claimed, person intake.Person, now time.Time) (l delivery.Letter, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("make letter: %T while rendering", caught)
		}
	}()
	if person.Broken != nil {
		return l, person.Broken
	}
	entry, err := c.press.Entry(cl.Seq, person, cl.Variant)
	if err != nil {
		return l, err
	}
	if cl.Variant < 0 || entry.Leaf != cl.Leaf {
		return l, errLeaf
	}
	date := now.UTC().Truncate(time.Second)
	if cl.First != nil {
		date = cl.First.Date
	}
	p := letter.Person{Address: person.Address, Date: date, Values: c.press.Dated(entry, date), MessageID: c.messageID(cl.Seq)}
	raw, err := c.letters[entry.Variant].Compose(p)
	if err == nil {
		raw, err = c.signer.Sign(raw, date)
	}
	if err != nil {
		return l, err
	}
	sum := canon.Hash(sha256.Sum256(raw))
	if cl.First != nil && cl.First.Hash != sum {
		return l, errBytes
	}
	from := c.names.ReturnPath(int64(c.plan.Campaign), cl.Seq) + "@" + c.plan.Sender.BounceDomain
	return delivery.Letter{Claimed: cl, From: from, To: person.Address.String(), Date: date, Raw: raw, Hash: sum, MessageID: p.MessageID, Values: p.Values}, nil
}

func (c *composer) messageID(seq int64) string {
	_, domain, _ := strings.Cut(c.plan.Sender.From, "@")
	return c.names.MessageID(int64(c.plan.Campaign), seq) + "@" + domain
}
