package letter

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"forthwith/internal/delivery"
	"forthwith/internal/dkim"
	"forthwith/internal/notice"
)

// Guard reads finished letters back, as a relay would get them, and holds them
// against what was approved. It knows the approved texts, the sender identity
// and what the person is to be told, and nothing of how a letter is made: only
// its bytes count.
//
// It is exact: decoded, both parts are the approved text with this person's
// values in its places and nothing else, so that no byte of another person has
// room. It is safe for use by several goroutines at once.
type Guard struct {
	variants      []*approvedText
	from, replyTo string // written as in a letter; replyTo is empty where there is none
	hosts         map[string]bool
	seals         []seal
}

// approvedText is one variant as it was approved, and the lines around its
// parts.
type approvedText struct {
	text                  *notice.Text
	subject               []notice.Piece
	oneSubject            string // where it is the same for everybody
	plain, html           []stretch
	astray                bool // a fixed link leads elsewhere
	contentType           string
	opening, between, end []byte
	read                  atomic.Pointer[readSubject]
}

// NewGuard makes the guard of a plan: its variants in their order, its sender
// identity, the hosts that its links may lead to, and the keys that sign. It
// fails with ErrSender as New does.
func NewGuard(texts []*notice.Text, s Sender, hosts []string, keys ...dkim.Name) (*Guard, error) {
	from, replyTo, err := s.addresses()
	if err != nil {
		return nil, fmt.Errorf("make guard: %w", err)
	}
	g := &Guard{from: from.String(), hosts: make(map[string]bool, len(hosts))}
	if replyTo != nil {
		g.replyTo = replyTo.String()
	}
	for _, h := range hosts {
		g.hosts[strings.ToLower(h)] = true
	}
	g.seals = newSeals(keys, replyTo != nil)
	for _, t := range texts {
		v, err := g.approve(t)
		if err != nil {
			return nil, err
		}
		g.variants = append(g.variants, v)
	}
	return g, nil
}

func (g *Guard) approve(t *notice.Text) (*approvedText, error) {
	b := boundary(t.Skeleton())
	part := func(kind string) []byte {
		return []byte("\r\n--" + b + "\r\nContent-Transfer-Encoding: quoted-printable\r\nContent-Type: text/" + kind + "; charset=UTF-8\r\n\r\n")
	}
	p := t.Pieces()
	v := &approvedText{text: t, subject: p.Subject, contentType: `multipart/alternative; boundary="` + b + `"`,
		opening: part("plain"), between: part("html"), end: []byte("\r\n--" + b + "--\r\n")}
	if !slices.ContainsFunc(p.Subject, notice.Piece.Slot) {
		v.oneSubject = oneLine(notice.Join(p.Subject, notice.Filled{}))
	}
	var err error
	if v.plain, err = stretches(p.Text); err != nil {
		return nil, err
	}
	if v.html, err = stretches(p.HTML); err != nil {
		return nil, err
	}
	for _, s := range v.html {
		v.astray = v.astray || !g.leadWhereApproved([]byte(s.fixed))
	}
	return v, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// foreign says which rule a letter breaks. It repeats nothing of the letter.
func foreign(what string) error { return fmt.Errorf("guard letter: %w: %s", ErrForeign, what) }

// room is what one check writes into.
type room struct{ decoded, unfolded []byte }

var rooms = sync.Pool{New: func() any { return &room{} }}

// Check refuses a letter unless its bytes are, from the first header to the
// last boundary, what was approved for this variant, sender and person. See
// delivery.Guard. The order of rules is that of the bytes.
func (g *Guard) Check(l delivery.Letter) error {
	if l.Variant < 0 || l.Variant >= len(g.variants) {
		return foreign("a text that is not in the plan")
	}
	if len(l.Raw) > MaxBytes {
		return fmt.Errorf("guard letter: %w", ErrTooLarge)
	}
	v := g.variants[l.Variant]
	told, err := v.text.Fill(l.Values)
	if err != nil {
		return foreign("a value that is missing") // the error itself names a field alone, but none is expected here
	}
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	body, err := g.head(l, v, told, r)
	if err != nil {
		return err
	}
	return g.body(body, v, told, r)
}

// head holds every header against what it must say, each exactly once and
// behind the signatures, and gives what follows them.
func (g *Guard) head(l delivery.Letter, v *approvedText, told notice.Filled, r *room) ([]byte, error) {
	var seen [headerCount]int
	rest, err := g.signatures(l, r)
	if err != nil {
		return nil, err
	}
	for {
		name, value, after, ok := header(rest)
		if !ok {
			return nil, foreign("a header that is none")
		}
		if rest = after; len(name) == 0 {
			return rest, g.eachOnce(seen)
		}
		i := indexOf(name)
		if i < 0 {
			return nil, foreign("another header")
		}
		seen[i]++
		r.unfolded = unfold(r.unfolded[:0], value)
		if !g.says(allowed[i], r.unfolded, l, v, told) {
			return nil, foreign(allowed[i])
		}
	}
}

// signatures takes the signatures of the plan's keys off the front. That they
// hold is the receiver's to find out: what counts here is that nothing else is
// said in them.
func (g *Guard) signatures(l delivery.Letter, r *room) ([]byte, error) {
	rest := l.Raw
	for _, s := range g.seals {
		name, value, after, ok := header(rest)
		if !ok || string(name) != "DKIM-Signature" {
			return nil, foreign("a signature is missing")
		}
		r.unfolded = unfold(r.unfolded[:0], value)
		if !s.is(r.unfolded, l.Date, r) {
			return nil, foreign("another signature")
		}
		rest = after
	}
	return rest, nil
}

// says tells whether a header has its one approved value.
func (g *Guard) says(name string, value []byte, l delivery.Letter, v *approvedText, told notice.Filled) bool {
	switch name {
	case "To":
		return inAngles(value, l.To)
	case "From":
		return string(value) == g.from
	case "Reply-To":
		return string(value) == g.replyTo
	case "Message-ID":
		return inAngles(value, l.MessageID)
	case "Subject":
		return v.saysSubject(value, told)
	case "Date":
		var date [40]byte
		return bytes.Equal(value, l.Date.UTC().AppendFormat(date[:0], time.RFC1123Z))
	case "Content-Type":
		return string(value) == v.contentType
	case "Auto-Submitted":
		return string(value) == "auto-generated"
	case "MIME-Version":
		return string(value) == "1.0"
	}
	return false
}

func inAngles(value []byte, want string) bool {
	n := len(value)
	return n > 2 && value[0] == '<' && value[n-1] == '>' && string(value[1:n-1]) == want
}

func (g *Guard) eachOnce(seen [headerCount]int) error {
	for i, n := range seen {
		want := 1
		if allowed[i] == "Reply-To" && g.replyTo == "" {
			want = 0
		}
		if n != want {
			return foreign(allowed[i] + " is not there once")
		}
	}
	return nil
}

// body holds both parts against the approved text with the person's values.
func (g *Guard) body(body []byte, v *approvedText, told notice.Filled, r *room) error {
	body, opens := bytes.CutPrefix(body, v.opening)
	body, ends := bytes.CutSuffix(body, v.end)
	plain, html, parted := bytes.Cut(body, v.between)
	switch {
	case !opens || !ends || !parted:
		return foreign("other parts")
	case !r.reads(plain, v.plain, told, nil):
		return foreign("the text")
	case v.astray || !r.reads(html, v.html, told, g.leadWhereApproved):
		return foreign("the HTML text or a link")
	}
	return nil
}

// leadWhereApproved tells whether every link leads to an approved host, a
// mailbox or a telephone. A colon, an at sign or an escape in the host makes it
// another host.
func (g *Guard) leadWhereApproved(html []byte) bool {
	for {
		_, rest, found := bytes.Cut(html, []byte(`href="`))
		if !found {
			return true
		}
		target, after, closed := bytes.Cut(rest, []byte(`"`))
		if html = after; !closed || !g.approves(target) {
			return false
		}
	}
}

func (g *Guard) approves(target []byte) bool {
	rest, web := bytes.CutPrefix(target, []byte("https://"))
	if !web {
		return bytes.HasPrefix(target, []byte("mailto:")) || bytes.HasPrefix(target, []byte("tel:"))
	}
	if i := bytes.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	return g.hosts[string(rest)] || g.hosts[string(bytes.ToLower(rest))]
}
