package sample

import (
	"context"
	"fmt"
	"net/http"
)

// What the columns of the two lists are used as.
var (
	customerColumns = map[string]string{"E-Mail": "email", "Name": "name", "Account": "merge:account", "Jurisdiction": "jurisdiction", "Locale": "locale",
		"Plan": "attribute:plan", "Customer since": "attribute:since:date"}
	ResetColumns = map[string]string{"email": "email", "reset_at": "merge:reset_at", "account_secured": "attribute:account_secured"}
)

type listState struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Rows     int64  `json:"rows"`
	Accepted int64  `json:"accepted"`
	Rejected int64  `json:"rejected"`
	New      int64  `json:"new_recipients"`
	Known    int64  `json:"known_recipients"`
	Repeats  int64  `json:"repeats"`
}

func (s *Story) importLists(ctx context.Context, _ string, lists Lists) error {
	a, err := s.importOne(ctx, "Customers", lists.Customers, customerColumns)
	if err != nil {
		return err
	}
	b, err := s.importOne(ctx, "Password resets", lists.Resets, ResetColumns)
	s.cohort["Customers"], s.cohort["Password resets"] = a, b // list ids, until the cohorts take their place
	return err
}

func (s *Story) importOne(ctx context.Context, name string, file []byte, mapping map[string]string) (string, error) {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return "", err
	}
	var made listState
	if err := s.Client.Upload(ctx, ops, "/incidents/"+s.incident+"/lists", name, file, mapping, &made); err != nil {
		return "", err
	}
	got, err := Until(ctx, func() (listState, error) {
		var l listState
		_, err := s.Client.Call(ctx, ops, http.MethodGet, "/lists/"+made.ID, nil, &l)
		return l, err
	}, func(l listState) (bool, error) {
		if l.State == "failed" || l.State == "cancelled" {
			return false, fmt.Errorf("the import of ‘%s’ ended as %s", name, l.State)
		}
		return l.State == "imported", nil
	})
	if err != nil {
		return "", err
	}
	s.say("story_list", map[string]any{"name": name, "rows": got.Rows, "new": got.New, "known": got.Known, "repeats": got.Repeats, "rejected": got.Rejected})
	return got.ID, nil
}

// The two cohorts of the sample: the narrow one comes first.
const (
	Reset   = "Password reset"
	Exposed = "Address exposed"
)

type cohortState struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	Size     int64  `json:"size"`
	Resolved int64  `json:"resolved_size"`
	LostTo   []struct {
		Size int64 `json:"size"`
	} `json:"lost_to"`
	Excluded int64 `json:"excluded"`
}

func (s *Story) freeze(ctx context.Context, _ string, _ Lists) error {
	lists := s.cohort
	s.cohort = map[string]string{}
	for _, c := range []struct {
		name, list string
		precedence int
	}{{Reset, lists["Password resets"], 10}, {Exposed, lists["Customers"], 20}} {
		if err := s.freezeOne(ctx, c.name, c.list, c.precedence); err != nil {
			return err
		}
	}
	return nil
}

func (s *Story) freezeOne(ctx context.Context, name, list string, precedence int) error {
	ops, err := s.Client.As("ops", 0)
	if err != nil {
		return err
	}
	var made cohortState
	_, err = s.Client.Call(ctx, ops, http.MethodPost, "/incidents/"+s.incident+"/cohorts",
		map[string]any{"name": name, "kind": "first", "precedence": precedence, "rule": map[string]string{"list": list}}, &made)
	if err != nil {
		return err
	}
	if _, err := s.Client.Call(ctx, ops, http.MethodPost, "/cohorts/"+made.ID+"/freeze", nil, nil); err != nil {
		return err
	}
	got, err := Until(ctx, func() (cohortState, error) {
		var c cohortState
		_, err := s.Client.Call(ctx, ops, http.MethodGet, "/cohorts/"+made.ID, nil, &c)
		return c, err
	}, func(c cohortState) (bool, error) { return c.State == "frozen", nil })
	if err != nil {
		return err
	}
	var lost int64
	for _, l := range got.LostTo {
		lost += l.Size
	}
	s.say("story_cohort", map[string]any{"name": name, "size": got.Size, "resolved": got.Resolved, "lost": lost, "excluded": got.Excluded})
	s.cohort[name] = got.ID
	return nil
}
