package sample

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/pquerna/otp/totp"
)

// Person is somebody who works with the stack, and how they sign in.
type Person struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	Email      string `json:"email"`
	Password   string `json:"password,omitempty"`
	Token      string `json:"token"`
	TOTPSecret string `json:"totp_secret"`

	mu   sync.Mutex
	step int64 // the last one used
}

// As finds a person by role; n tells those of one role apart, from 0.
func (c *Client) As(role string, n int) (*Person, error) {
	for _, p := range c.People {
		if p.Role != role {
			continue
		}
		if n == 0 {
			return p, nil
		}
		n--
	}
	return nil, fmt.Errorf("the credentials hold too few people with the role %s", role)
}

// StepUp gives a person's second factor. A code counts once, so that the next
// one is waited for where the last was used a moment ago.
func (c *Client) StepUp(ctx context.Context, p *Person) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 5 {
		code, err := p.next(ctx)
		if err != nil {
			return err
		}
		_, err = c.send(ctx, p, http.MethodPost, "/step-up", map[string]string{"code": code}, nil)
		var problem *Problem
		if !errors.As(err, &problem) || problem.Code != "code_wrong_or_used" {
			return err
		}
	}
	return fmt.Errorf("no code of %s was taken", p.Name)
}

// Code gives a person's next unused code.
func (p *Person) Code(ctx context.Context) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next(ctx)
}

func (p *Person) next(ctx context.Context) (string, error) {
	at, err := p.nextStep(ctx)
	if err != nil {
		return "", err
	}
	code, err := totp.GenerateCode(p.TOTPSecret, at)
	if err != nil {
		return "", fmt.Errorf("make code of %s: %w", p.Name, err)
	}
	return code, nil
}

const stepLength = 30 // seconds, RFC 6238 5.2

// nextStep finds the earliest code that is not used yet: of this half minute,
// or of the next, which is taken too.
func (p *Person) nextStep(ctx context.Context) (time.Time, error) {
	for {
		now := time.Now().Unix() / stepLength
		if next := max(now, p.step+1); next <= now+1 {
			p.step = next
			return time.Unix(next*stepLength, 0), nil
		}
		if err := pause(ctx, 500*time.Millisecond); err != nil {
			return time.Time{}, err
		}
	}
}
