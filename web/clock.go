package web

import (
	"time"

	"forthwith/web/views"
)

// when shows an instant in the reader's zone, and in UTC beneath where the two
// differ.
func (v *visit) when(at time.Time) views.When {
	local := at.In(v.zone())
	w := views.When{ISO: at.UTC().Format(time.RFC3339), Text: local.Format("2 Jan 2006, 15:04 MST")}
	if _, offset := local.Zone(); offset != 0 {
		w.UTC = at.UTC().Format("15:04 MST")
	}
	return w
}

// whenSet shows an instant that may be missing.
func (v *visit) whenSet(at *time.Time) *views.When {
	if at == nil || at.IsZero() {
		return nil
	}
	w := v.when(*at)
	return &w
}

// zone is the zone of the reader's account.
func (v *visit) zone() *time.Location {
	if v.place == nil {
		v.place = v.who.User.Settings.Location()
	}
	return v.place
}
