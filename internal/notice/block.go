package notice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// Block is a paragraph, or several, that stands in several texts of one notice and
// is written once for each language. A text quotes it by {{block name}} on a line
// of its own: no field can be meant by that, since a field has a dot.
type Block struct {
	Name   string `json:"name"`
	Locale string `json:"locale"` // BCP 47
	Body   string `json:"body"`   // Markdown as in a text, with no block in it
}

// Limits of the blocks of a draft.
const (
	maxBlocks    = 100
	noBlock      = -1
	blockSubject = "-" // stands in while a block is compiled by itself
	quotes       = "block "
	missing      = "…" // in place of what could not be put in, while the rest is read
)

var (
	blockName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	blockLine = regexp.MustCompile(`^ {0,3}\{\{[ \t]*block(?:[ \t]+([^{}]*?))?[ \t]*\}\}[ \t]*$`)
	blockSign = regexp.MustCompile(`\{\{[ \t]*block[ \t}]`)
)

// origin is where a line of a text with its blocks in it was written: in the text,
// or in a block.
type origin struct{ block, line int }

func blockAt(i int) string { return fmt.Sprintf("blocks[%d]", i) }

// checkBlocks names the mistakes of blocks, each of which is read by itself.
func (d Draft) checkBlocks() (wrong []fault.Field) {
	if len(d.Blocks) > maxBlocks {
		return []fault.Field{{Name: "blocks", Code: "blocks_count", Values: fault.Values{"limit": maxBlocks}}}
	}
	for i, b := range d.Blocks {
		if len(wrong) > mostMistakes {
			return wrong
		}
		m := mistakes{where: blockAt(i)}
		if !blockName.MatchString(b.Name) {
			m.in("name", "block_name", fault.Values{"block": shown(b.Name)})
		}
		if slices.ContainsFunc(d.Blocks[:i], func(o Block) bool { return o.Name == b.Name && strings.EqualFold(o.Locale, b.Locale) }) {
			m.in("name", "block_twice", fault.Values{"block": shown(b.Name), "locale": shown(b.Locale)})
		}
		source := Source{Locale: b.Locale, Subject: blockSubject, Body: b.Body}
		if at := blockSign.FindStringIndex(b.Body); at != nil {
			m.source = source.lines()
			m.at(at[0], "block_in_block", nil)
		} else {
			source.compile(&m)
		}
		wrong = append(wrong, m.fields...)
	}
	return wrong
}

// expand gives a text with the words of its blocks in it, and where each of its
// lines was written. Around a block are empty lines, so that it joins no paragraph.
// What quotes no block is given as it is, without origins.
func (d Draft) expand(s Source, m *mistakes) (Source, []origin) {
	if !blockSign.MatchString(s.Body) || len(s.Body) > maxSource {
		return s, nil
	}
	m.source = s.lines()
	e := expanding{draft: d, locale: s.Locale, mistakes: m}
	for i, line := range strings.Split(string(m.source), "\n") {
		e.line(i+1, line)
	}
	s.Body = strings.Join(e.lines, "\n")
	return s, e.origins
}

// expanding is a text on its way.
type expanding struct {
	*mistakes
	draft   Draft
	locale  string
	lines   []string
	origins []origin
	size    int
	offset  int // of the line in the text as it was written
}

func (e *expanding) line(no int, line string) {
	at := e.offset
	e.offset += len(line) + 1
	quoted := blockLine.FindStringSubmatch(line)
	if quoted == nil {
		if blockSign.MatchString(line) {
			e.at(at, "block_alone", nil)
			line = missing
		}
		e.put(line, origin{noBlock, no})
		return
	}
	i, code := e.draft.block(quoted[1], e.locale)
	if code != "" {
		e.at(at, code, fault.Values{"block": shown(quoted[1]), "locale": shown(e.locale)})
		e.put(missing, origin{noBlock, no})
		return
	}
	e.put("", origin{noBlock, no})
	for n, words := range strings.Split(string(Source{Body: e.draft.Blocks[i].Body}.lines()), "\n") {
		e.put(words, origin{i, n + 1})
	}
	e.put("", origin{noBlock, no})
}

// put adds a line, but far more than a text may hold: what is over is refused by
// whoever reads it next.
func (e *expanding) put(line string, from origin) {
	if e.size > maxSource {
		return
	}
	e.size += len(line) + 1
	e.lines, e.origins = append(e.lines, line), append(e.origins, from)
}

// block finds the block of a name for a language: exactly, then without its region,
// then in the notice's default.
func (d Draft) block(name, locale string) (int, string) {
	code := "block_unknown"
	for _, l := range []string{locale, phrase.Primary(locale), d.DefaultLocale} {
		for i, b := range d.Blocks {
			if b.Name != name {
				continue
			}
			if strings.EqualFold(b.Locale, l) {
				return i, ""
			}
			code = "block_not_in_locale"
		}
	}
	return 0, code
}

// Quotable gives the blocks that a text of a language can quote, in the order of the
// draft: of each name the one that would be put in.
func (d Draft) Quotable(locale string) (all []Block) {
	for _, b := range d.Blocks {
		i, code := d.block(b.Name, locale)
		named := slices.ContainsFunc(all, func(o Block) bool { return o.Name == b.Name })
		if code == "" && !named && blockName.MatchString(b.Name) {
			all = append(all, d.Blocks[i])
		}
	}
	return all
}

// Quote is how a text quotes a block, without the braces around it.
func (b Block) Quote() string { return quotes + b.Name }

// Insert puts a field into the end of a text; a block below it, on a line of its own.
func Insert(body, what string) string {
	sign := "{{" + what + "}}"
	if !strings.HasPrefix(what, quotes) {
		return body + sign
	}
	if body = strings.TrimRight(body, " \n"); body != "" {
		body += "\n\n"
	}
	return body + sign + "\n"
}

// Texts are the texts with the words of their blocks in them, as they are read. A
// block that is not there leaves a sign.
func (d Draft) Texts() []Source {
	all := slices.Clone(d.Variants)
	for i := range all {
		all[i], _ = d.expand(all[i], &mistakes{})
	}
	return all
}

// Texts are those of Sources with the words of their blocks in them.
func (d Document) Texts() []Source { return d.Draft().Texts() }

// written tells where the lines of a version were written; each text is put together
// when it is first asked about.
type written struct {
	draft Draft
	texts map[int][]origin
}

// line gives where a line of a text was written.
func (w written) line(text, line int) origin {
	if len(w.draft.Blocks) == 0 {
		return origin{noBlock, line}
	}
	origins, known := w.texts[text]
	if !known {
		_, origins = w.draft.expand(w.draft.Variants[text], &mistakes{})
		w.texts[text] = origins
	}
	if line < 1 || line > len(origins) {
		return origin{noBlock, line}
	}
	return origins[line-1]
}

func (d Document) written() written { return written{d.Draft(), map[int][]origin{}} }
