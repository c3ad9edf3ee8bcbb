package worker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/canon"
	"forthwith/internal/delivery"
	"forthwith/internal/intake"
)

func TestWhatIsNotAsApprovedIsToldFromWhatCannotBeFilledIn(t *testing.T) {
	cases := map[string]struct {
		err  error
		want string
	}{
		"a leaf that does not fit":     {errLeaf, delivery.NotAsApproved},
		"a block that does not fit":    {fmt.Errorf("check block: %w", errBlock), delivery.NotAsApproved},
		"other bytes than at first":    {errBytes, delivery.NotAsApproved},
		"a value that is missing":      {errors.New("merge.name is missing"), delivery.NotMade},
		"a panic while it is rendered": {errors.New("make letter: runtime error"), delivery.NotMade},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			u := unmadeFor(delivery.Claimed{Seq: 3}, c.err)
			if u.Why != c.want || u.Claimed.Seq != 3 || !errors.Is(u.Reason, c.err) {
				t.Errorf("%+v", u)
			}
		})
	}
}

// opened are people as the record gives them.
type opened []intake.Person

func (o opened) People(context.Context, int64, []int64, intake.Wanted) ([]intake.Person, error) {
	return o, nil
}

func (o opened) Block(context.Context, int64, int, int) (canon.Hash, []canon.Hash, error) {
	return canon.Hash{}, nil, errors.New("nobody asked")
}

func TestWhoseLetterCannotBeMadeIsPutOffAlone(t *testing.T) {
	bad := errors.New("bad seal")
	// A press without keys panics for whoever could be opened.
	c := &composer{people: opened{{Broken: bad}, {}}, press: new(campaign.Press), blocks: map[int]bool{0: true}}
	letters, err := c.Compose(context.Background(), []delivery.Claimed{{Seq: 1}, {Seq: 2}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var unmade []*delivery.Unmade
	for _, u := range letters {
		unmade = append(unmade, u)
	}
	if len(unmade) != 2 || unmade[0] == nil || unmade[1] == nil {
		t.Fatalf("not made: %v", unmade)
	}
	if !errors.Is(unmade[0].Reason, bad) || unmade[1].Claimed.Seq != 2 || unmade[1].Why != delivery.NotMade {
		t.Errorf("%+v", unmade)
	}
}
