package relaytest

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// Event is one thing that happened on a connection.
type Event struct {
	N     int           `json:"n"`
	At    time.Duration `json:"at"` // since the server started, monotonic
	Conn  int           `json:"conn"`
	Phase Phase         `json:"phase"`
	Arg   string        `json:"arg,omitempty"`  // address, mechanism, host name
	Code  int           `json:"code,omitempty"` // the reply
	Sent  bool          `json:"sent"`           // whether the whole reply was written
	TLS   bool          `json:"tls,omitempty"`
}

// Open and Closed are the events at the ends of a connection.
const (
	Open   Phase = "open"
	Closed Phase = "closed"
)

// Message is a message whose final dot arrived.
type Message struct {
	N        int           `json:"n"`
	At       time.Duration `json:"at"` // when the dot arrived
	Conn     int           `json:"conn"`
	From     string        `json:"from"`
	Rcpt     []string      `json:"rcpt"`
	SHA256   string        `json:"sha256"` // dot-stuffing undone, CRLFs kept
	Size     int           `json:"size"`
	Code     int           `json:"code"` // of the reply that was decided
	Replied  bool          `json:"replied"`
	Accepted bool          `json:"accepted"`
	BareLF   bool          `json:"bare_lf,omitempty"` // a line ended without CR
	Raw      []byte        `json:"raw,omitempty"`
}

// Header gives the first header field of that name, unfolded, or nothing.
func (m Message) Header(name string) string {
	head, _, _ := strings.Cut(string(m.Raw), "\r\n\r\n")
	head = strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(head)
	for _, line := range strings.Split(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// record keeps events and messages in memory and, where asked, in a file that
// is only ever appended to.
type record struct {
	mu       sync.Mutex
	start    time.Time
	events   []Event
	messages []Message
	byRcpt   map[string][]int
	counts   map[Phase]int
	file     *os.File
	fileErr  error
	keepRaw  bool
}

func newRecord(path string, keepRaw bool) (*record, error) {
	r := &record{start: time.Now(), byRcpt: map[string][]int{}, counts: map[Phase]int{}, keepRaw: keepRaw}
	if path == "" {
		return r, nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open record: %w", err)
	}
	r.file = f
	return r, nil
}

func (r *record) event(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.N, e.At = len(r.events)+1, time.Since(r.start)
	r.events = append(r.events, e)
	r.counts[e.Phase]++
	r.write(struct {
		Kind string `json:"kind"`
		Event
	}{"event", e})
}

// message writes a message down before its reply goes out, so that a client
// that has heard the reply finds it here. It returns its number.
func (r *record) message(m Message) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.N, m.At = len(r.messages)+1, time.Since(r.start)
	if !r.keepRaw {
		m.Raw = nil
	}
	r.messages = append(r.messages, m)
	for _, to := range m.Rcpt {
		key := strings.ToLower(to)
		r.byRcpt[key] = append(r.byRcpt[key], m.N-1)
	}
	r.write(struct {
		Kind string `json:"kind"`
		Message
	}{"message", m})
	return m.N
}

// replied notes that the final reply of message n was written whole.
func (r *record) replied(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.messages[n-1].Replied = true
	r.write(struct {
		Kind string `json:"kind"`
		N    int    `json:"n"`
	}{"replied", n})
}

func (r *record) write(line any) {
	if r.file == nil || r.fileErr != nil {
		return
	}
	raw, err := json.Marshal(line)
	if err == nil {
		_, err = r.file.Write(append(raw, '\n'))
	}
	r.fileErr = err
}

func (r *record) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == nil {
		return nil
	}
	if err := r.file.Close(); r.fileErr == nil {
		r.fileErr = err
	}
	r.file = nil
	return r.fileErr
}

func (r *record) seen() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.messages)
}
