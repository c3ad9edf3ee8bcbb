package public

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"html/template"
	"strings"
	"sync/atomic"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/genuine"
	"forthwith/internal/phrase"
	"forthwith/internal/vault"
)

// sheets are the finished answers of the book that was used last. Each answer
// is made before it is asked for, and all of one kind are filled up with white
// space to one length: to tell a person that a code is genuine takes the same
// work and as many bytes as to tell that it is not.
type sheets struct {
	gap  string // stands where what was typed goes
	made atomic.Pointer[made]
}

// made are the answers of one book, by language and in its order.
type made struct {
	book  *genuine.Book
	pages map[phrase.Language]stack
	json  map[phrase.Language]stack
}

// stack is every answer of one kind.
type stack struct {
	sheets  []sheet
	longest int // bytes of the longest, without what was typed
	gaps    int // most gaps in one
}

// sheet is an answer between its gaps.
type sheet struct {
	parts [][]byte
	bytes int
}

func newSheets() *sheets { return &sheets{gap: rand.Text()} }

// send answers with one sheet.
func (s *sheets) send(c *fiber.Ctx, book *genuine.Book, answer int, q asked) error {
	m, err := s.of(book)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentLanguage, string(q.language))
	if !q.form {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(m.json[q.language].fill(answer, nil))
	}
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(m.pages[q.language].fill(answer, echo(q.code)))
}

// of gives the sheets of a book. They are made by the first who asks after the
// book has changed, whatever they ask for.
func (s *sheets) of(book *genuine.Book) (*made, error) {
	if m := s.made.Load(); m != nil && m.book == book {
		return m, nil
	}
	m := &made{book: book, pages: map[phrase.Language]stack{}, json: map[phrase.Language]stack{}}
	for _, l := range phrase.Languages {
		var pages, documents stack
		for _, a := range book.Answers {
			page, err := answered(l, a, s.gap).render()
			if err != nil {
				return nil, err
			}
			document, err := document(l, a)
			if err != nil {
				return nil, err
			}
			pages.add(page, s.gap)
			documents.add(document, s.gap)
		}
		m.pages[l], m.json[l] = pages, documents
	}
	s.made.Store(m)
	return m, nil
}

// document is the answer for a program.
func document(l phrase.Language, a genuine.Answer) ([]byte, error) {
	return json.Marshal(struct {
		Answer genuine.Word `json:"answer"`
		Facts  *published   `json:"facts,omitempty"`
	}{a.Word, publish(l, a.Facts)})
}

func (s *stack) add(answer []byte, gap string) {
	parts := bytes.Split(answer, []byte(gap))
	bytes := len(answer) - (len(parts)-1)*len(gap)
	s.sheets = append(s.sheets, sheet{parts, bytes})
	s.longest, s.gaps = max(s.longest, bytes), max(s.gaps, len(parts)-1)
}

// fill puts what was typed into the gaps of a sheet, and white space behind it
// up to the length that every sheet of the stack gets.
func (s stack) fill(at int, typed []byte) []byte {
	whole := s.longest + s.gaps*len(typed) + 1
	out := append(make([]byte, 0, whole), bytes.Join(s.sheets[at].parts, typed)...)
	return append(append(out, bytes.Repeat([]byte(" "), whole-1-len(out))...), '\n')
}

// longestEcho is how much of what was typed is shown again.
const longestEcho = 40

// echo is what was typed, in the form of a code where it can be one.
func echo(typed string) []byte {
	if code, ok := vault.ParseCode(typed); ok {
		return []byte(code)
	}
	text := []rune(strings.TrimSpace(strings.ToValidUTF8(typed, "�")))
	if len(text) > longestEcho {
		text = append(text[:longestEcho], '…')
	}
	return []byte(template.HTMLEscapeString(phrase.Isolated(string(text))))
}
