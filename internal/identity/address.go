package identity

import (
	"cmp"
	"context"
	"net/netip"

	"forthwith/internal/fault"
)

// addressSubject names where somebody tries from, as a secret digest keeps it.
// Who has one address of IPv6 has its whole /64.
func addressSubject(from netip.Addr) string {
	from = from.Unmap().WithZone("")
	if from.Is6() {
		return "from:" + netip.PrefixFrom(from, 64).Masked().String()
	}
	return "from:" + from.String()
}

// fromAddress runs a try that also counts for where it comes from. It is
// counted before it runs, so that many at once count as many, and forgiven if
// it was not a wrong one.
func (s Service) fromAddress(ctx context.Context, from netip.Addr, try func() error) error {
	if !from.IsValid() {
		return try()
	}
	subject := addressSubject(from)
	var refused error
	err := s.Store.Try(ctx, func(tx TryTx) error {
		tries, err := tx.Tries(subject)
		if refused = tries.allow(tx.Now()); err != nil || refused != nil {
			return err
		}
		return tx.SaveTries(subject, tries.missed(tx.Now(), ofAddress))
	})
	if err != nil || refused != nil {
		return cmp.Or(err, refused)
	}
	tried := try()
	if fault.Is(tried, "sign_in_wrong") {
		return tried
	}
	err = s.Store.Try(ctx, func(tx TryTx) error {
		tries, err := tx.Tries(subject)
		if err != nil {
			return err
		}
		return tx.SaveTries(subject, tries.forgiven(tx.Now()))
	})
	return cmp.Or(tried, err)
}
