package worker

import (
	"errors"
	"fmt"
	"testing"

	"forthwith/internal/delivery"
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
