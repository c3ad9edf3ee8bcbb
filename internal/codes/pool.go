package codes

import (
	"regexp"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/id"
)

// Pool is what is known of a pool without opening a code.
type Pool struct {
	ID        id.Pool
	Incident  id.Incident
	Name      string // of the field, behind "code."
	Total     int64  // codes that files brought
	Used      int64  // handed to somebody, for ever
	Files     []File // in their order
	CreatedBy id.User
	CreatedAt time.Time
}

// Left is how many can still be handed out.
func (p Pool) Left() int64 { return p.Total - p.Used }

// File is one file of codes as it stands on record.
type File struct {
	SHA256     canon.Hash // of its bytes as they came
	Codes      int64
	UploadedBy id.User
	UploadedAt time.Time
}

// ErrNoPool means that there is no such pool.
var ErrNoPool = fault.New(fault.NotFound, "no_such_pool", nil)

// nameForm is what a text can ask for: see the fields of notices.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func checkName(name string) error {
	switch {
	case name == "":
		return fault.Wrong("name", "field_missing", fault.Values{"name": "name"})
	case !nameForm.MatchString(name):
		return fault.Wrong("name", "pool_name_form", fault.Values{})
	}
	return nil
}
