package sample

import (
	"context"
	"net/http"
)

type version struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	State  string `json:"state"`
}

func (s *Story) write(ctx context.Context, _ string, _ Lists) error {
	for _, n := range []struct {
		cohort string
		texts  []Text
	}{{Reset, reset}, {Exposed, s.broad()}} {
		if err := s.writeOne(ctx, n.cohort, n.texts); err != nil {
			return err
		}
	}
	return nil
}

// writeOne has a text written by the second lawyer and approved by the first.
func (s *Story) writeOne(ctx context.Context, name string, texts []Text) error {
	author, err := s.Client.As("legal", 1)
	if err != nil {
		return err
	}
	approver, err := s.Client.As("legal", 0)
	if err != nil {
		return err
	}
	var made struct {
		ID string `json:"id"`
	}
	if _, err := s.Client.Call(ctx, author, http.MethodPost, "/incidents/"+s.incident+"/notices", map[string]string{"name": name}, &made); err != nil {
		return err
	}
	var v version
	for i := range texts {
		if texts[i].Jurisdictions == nil {
			texts[i].Jurisdictions = []string{}
		}
	}
	if _, err := s.Client.Call(ctx, author, http.MethodPost, "/notices/"+made.ID+"/versions", map[string]any{"default_locale": "en", "variants": texts}, &v); err != nil {
		return err
	}
	if err := s.answer(ctx, author, v.ID); err != nil {
		return err
	}
	seen := map[string]string{"sha256": v.SHA256}
	if _, err := s.Client.Call(ctx, author, http.MethodPost, "/versions/"+v.ID+"/submit", seen, nil); err != nil {
		return err
	}
	if _, err := s.Client.Call(ctx, approver, http.MethodPost, "/versions/"+v.ID+"/approve", seen, nil); err != nil {
		return err
	}
	s.version[name] = v.ID
	s.say("story_notice", map[string]any{"name": name, "author": author.Name, "approver": approver.Name, "hash": v.SHA256[:12]})
	return nil
}

// answer says why what the law asks of a text is left as it is.
func (s *Story) answer(ctx context.Context, lawyer *Person, version string) error {
	var told struct {
		Lint []struct {
			Key string `json:"key"`
		} `json:"lint"`
	}
	if _, err := s.Client.Call(ctx, lawyer, http.MethodGet, "/versions/"+version, nil, &told); err != nil {
		return err
	}
	var open []string
	for _, f := range told.Lint {
		if f.Key != "" {
			open = append(open, f.Key)
		}
	}
	if len(open) == 0 {
		return nil
	}
	_, err := s.Client.Call(ctx, lawyer, http.MethodPost, "/versions/"+version+"/answers", map[string]any{"findings": open,
		"reason": "The company and everybody whom it tells are made up: no law asks for this."}, nil)
	return err
}

func (s *Story) broad() []Text {
	if s.Texts != nil {
		return s.Texts
	}
	return exposed
}
