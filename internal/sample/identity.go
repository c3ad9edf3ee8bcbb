package sample

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
)

const company = "Larkfield Cloud"

func (s *Story) organisation(ctx context.Context, _ string, _ Lists) error {
	admin, err := s.Client.As("admin", 0)
	if err != nil {
		return err
	}
	var now struct {
		Name string `json:"name"`
	}
	header, err := s.Client.Call(ctx, admin, http.MethodGet, "/organisation", nil, &now)
	if err != nil || now.Name != "" {
		return err
	}
	s.say("story_organisation", map[string]any{"company": company})
	_, err = s.Client.Call(ctx, admin, http.MethodPatch, "/organisation", match{header.Get("ETag"), map[string]any{
		"name":     company,
		"contacts": map[string]string{"email": "help@larkfield.test", "phone": "+1 555 0100", "tollfree": "+1 800 555 0199", "url": "https://larkfield.test/notice", "postal": "1 Lark Field, Example City"},
		"dpo":      map[string]string{"name": "Hal Quist", "email": "privacy@larkfield.test", "phone": "+1 555 0101"},
	}}, nil)
	return err
}

// identity finds the sender identity and the relay, or makes the sender.
func (s *Story) identity(ctx context.Context, _ string, _ Lists) error {
	admin, err := s.Client.As("admin", 0)
	if err != nil {
		return err
	}
	var relays, senders struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if _, err := s.Client.Call(ctx, admin, http.MethodGet, "/relays", nil, &relays); err != nil {
		return err
	}
	switch {
	case len(s.relays) > 0:
	case len(relays.Items) > 0:
		s.relays = []string{relays.Items[0].ID}
	default:
		if err := s.addRelays(ctx, admin); err != nil {
			return err
		}
	}
	if _, err := s.Client.Call(ctx, admin, http.MethodGet, "/senders", nil, &senders); err != nil {
		return err
	}
	if len(senders.Items) > 0 {
		s.sender = senders.Items[0].ID
		return nil
	}
	var made struct {
		ID string `json:"id"`
	}
	_, err = s.Client.Call(ctx, admin, http.MethodPost, "/senders", map[string]any{"name": company, "from": "notice@larkfield.test", "from_name": company,
		"reply_to": "help@larkfield.test", "bounce_domain": "bounce.larkfield.test", "link_hosts": []string{"larkfield.test"}}, &made)
	if err != nil {
		return err
	}
	s.sender = made.ID
	return s.addKeys(ctx, admin)
}

// addKeys makes the keys that sign for the sender, and uses them.
func (s *Story) addKeys(ctx context.Context, admin *Person) error {
	for _, algorithm := range s.Keys {
		var key struct {
			ID string `json:"id"`
		}
		keys := "/senders/" + s.sender + "/keys"
		if _, err := s.Client.Call(ctx, admin, http.MethodPost, keys, map[string]any{"algorithm": algorithm, "selector": "notice-" + algorithm}, &key); err != nil {
			return err
		}
		if _, err := s.Client.Call(ctx, admin, http.MethodPost, keys+"/"+key.ID+"/use", nil, &key); err != nil {
			return err
		}
	}
	return nil
}

// addRelays makes the capture inbox the relay, and those that come after it.
func (s *Story) addRelays(ctx context.Context, admin *Person) error {
	for i, place := range append([]string{s.Inbox}, s.Next...) {
		name := "Capture inbox"
		if i > 0 {
			name = fmt.Sprintf("Relay %d", i+1)
		}
		no, err := s.addRelay(ctx, admin, name, place)
		if err != nil {
			return err
		}
		s.relays = append(s.relays, no)
	}
	return nil
}

func (s *Story) addRelay(ctx context.Context, admin *Person, name, place string) (string, error) {
	host, text, err := net.SplitHostPort(place)
	if err != nil {
		return "", fmt.Errorf("there is no relay to send through: an admin adds one")
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return "", fmt.Errorf("read port of the capture inbox: %w", err)
	}
	var made struct {
		ID string `json:"id"`
	}
	settings := map[string]any{"name": name, "host": host, "port": port, "tls": "none", "auth": "none",
		"max_rate_per_second": s.Speed.perSecond(), "max_connections": s.Speed.connections()}
	if s.Login != (Login{}) {
		maps.Copy(settings, map[string]any{"tls": "starttls", "auth": "auto", "username": s.Login.Name, "password": s.Login.Password})
	}
	_, err = s.Client.Call(ctx, admin, http.MethodPost, "/relays", settings, &made)
	return made.ID, err
}

// Login is how one logs in to a relay, over STARTTLS.
type Login struct{ Name, Password string }

// Speed is how fast a relay takes mail.
type Speed struct {
	PerSecond   float64
	Connections int
}

func (s Speed) perSecond() float64 {
	if s.PerSecond == 0 {
		return 5000
	}
	return s.PerSecond
}

func (s Speed) connections() int {
	if s.Connections == 0 {
		return 16
	}
	return s.Connections
}
