package web

import (
	"log/slog"
	"sync"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/logkey"
	"forthwith/internal/overview"
	"forthwith/internal/phrase"
)

// standings are the incidents of the home page, for some seconds: every page
// says how many things need its reader, and that follows from them for
// everybody. A form of this process that was done makes it look again.
type standings struct {
	mu    sync.Mutex
	all   []overview.Standing
	at    time.Time
	forms int // that were done, so that what was read before one is not kept after it
}

// needsAge is how old the number in the header may be.
const needsAge = 5 * time.Second

// now gives what was read at most needsAge ago, and at which form.
func (s *standings) now() (all []overview.Standing, form int, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all, s.forms, time.Since(s.at) < needsAge
}

// keep keeps what was read, unless a form was done meanwhile.
func (s *standings) keep(all []overview.Standing, form int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if form == s.forms {
		s.all, s.at = all, time.Now()
	}
}

// forget makes the next page look again.
func (s *standings) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all, s.at = nil, time.Time{}
	s.forms++
}

// standings reads where the incidents of the home page stand.
func (v *visit) standings() ([]overview.Standing, error) {
	_, form, _ := v.stood.now()
	all, err := v.Overview.Standings(v.UserContext(), v.actor(), homeIncidents)
	if err == nil {
		v.stood.keep(all, form)
		v.home = all
	}
	return all, err
}

// needed says how many things need the reader, as the home page lists them; empty
// where nothing does. A page is shown without it when it cannot be read.
func (v *visit) needed() string {
	if v.who.User.ID == 0 || v.UserContext().Err() != nil {
		return ""
	}
	count, err := v.countNeeds()
	if err != nil {
		slog.Warn("needs of the header not read", logkey.Error, err)
	}
	if count == 0 {
		return ""
	}
	return phrase.Say("bar_needs", map[string]any{"count": count})
}

func (v *visit) countNeeds() (count int, err error) {
	if mayBy(access.EditSettings, v) {
		_, behind, err := v.RuleSets.Behind(v.UserContext(), v.actor())
		if err != nil {
			return 0, err
		}
		if behind {
			count++
		}
	}
	if !mayBy(access.ReadIncident, v) {
		return count, nil
	}
	all, _, known := v.stood.now()
	if v.home != nil {
		all, known = v.home, true
	}
	if !known {
		if all, err = v.standings(); err != nil {
			return 0, err
		}
	}
	for _, s := range all {
		count += len(s.Needs(v.actor()))
	}
	return count, nil
}
