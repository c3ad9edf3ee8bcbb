package relaytest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// auth runs the mechanism that the client chose and answers 235 or 535. A rule
// at Auth speaks after the exchange.
func (c *conn) auth(arg string) error {
	mech, initial, _ := strings.Cut(arg, " ")
	mech = strings.ToUpper(mech)
	ok, err := false, error(nil)
	switch mech {
	case "PLAIN":
		ok, err = c.authPlain(initial)
	case "LOGIN":
		ok, err = c.authLogin(initial)
	case "XOAUTH2":
		ok, err = c.authXOAuth2(initial)
	case "SCRAM-SHA-256":
		ok, err = c.authScram(initial)
	default:
		return c.do(Auth, mech, 504, "5.5.4 unknown mechanism")
	}
	if err != nil {
		return err
	}
	code, text := 535, "5.7.8 credentials refused"
	if ok {
		code, text = 235, "2.7.0 welcome"
	}
	code, err = c.doCode(Auth, mech, code, text)
	c.authed = code == 235
	return err
}

// ask sends a challenge and reads the answer.
func (c *conn) ask(challenge string) (string, error) {
	if err := c.say(334, base64.StdEncoding.EncodeToString([]byte(challenge))); err != nil {
		return "", err
	}
	line, err := c.line()
	if err != nil {
		return "", err
	}
	return decode(line), nil
}

func decode(s string) string {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(raw)
}

func (c *conn) given(initial, challenge string) (string, error) {
	if initial != "" {
		return decode(initial), nil
	}
	return c.ask(challenge)
}

func (c *conn) authPlain(initial string) (bool, error) {
	answer, err := c.given(initial, "")
	return answer == "\x00"+c.s.cfg.Username+"\x00"+c.s.cfg.Password, err
}

func (c *conn) authLogin(initial string) (bool, error) {
	user, err := c.given(initial, "Username:")
	if err != nil {
		return false, err
	}
	pass, err := c.ask("Password:")
	return user == c.s.cfg.Username && pass == c.s.cfg.Password, err
}

func (c *conn) authXOAuth2(initial string) (bool, error) {
	answer, err := c.given(initial, "")
	return answer == "user="+c.s.cfg.Username+"\x01auth=Bearer "+c.s.cfg.Password+"\x01\x01", err
}

// authScram is the server's half of RFC 5802 with SHA-256 (RFC 7677), without
// channel binding.
func (c *conn) authScram(initial string) (bool, error) {
	first, err := c.given(initial, "")
	if err != nil {
		return false, err
	}
	_, bare, _ := strings.Cut(strings.TrimPrefix(first, "n,"), ",")
	nonce := field(bare, "r=") + rand.Text()
	salt := []byte(rand.Text())
	const rounds = 4096
	challenge := fmt.Sprintf("r=%s,s=%s,i=%d", nonce, base64.StdEncoding.EncodeToString(salt), rounds)
	final, err := c.ask(challenge)
	if err != nil {
		return false, err
	}
	without, proof, _ := strings.Cut(final, ",p=")
	salted, err := pbkdf2.Key(sha256.New, c.s.cfg.Password, salt, rounds, sha256.Size)
	if err != nil {
		return false, fmt.Errorf("derive key: %w", err)
	}
	signed := bare + "," + challenge + "," + without
	if field(bare, "n=") != c.s.cfg.Username || field(without, "r=") != nonce || decode(proof) != clientProof(salted, signed) {
		return false, nil
	}
	_, err = c.ask("v=" + base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), signed)))
	return true, err
}

func clientProof(salted []byte, signed string) string {
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	sig := mac(stored[:], signed)
	for i := range key {
		key[i] ^= sig[i]
	}
	return string(key)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// field finds an attribute of a SCRAM message.
func field(msg, name string) string {
	for _, part := range strings.Split(msg, ",") {
		if v, ok := strings.CutPrefix(part, name); ok {
			return v
		}
	}
	return ""
}
