package intake

import (
	"bytes"
	"maps"
	"slices"
	"sort"
	"strings"
)

// Preview is what a person sees before a list is imported.
type Preview struct {
	Dialect  Dialect
	Sheets   []Sheet // of a workbook
	Columns  []string
	Rows     [][]string     // the first rows that are well formed
	Seen     int            // rows that were looked at
	Whole    bool           // they are all rows of the file
	Problems map[Reason]int // rows that would be refused, by reason
	Rejects  []Reject       // the first of them
	Unknown  []string       // values of the jurisdiction column that are no ISO code
	Mapping  Mapping        // proposed, or the one that was given
	Guesses  []Guess        // why it was proposed; empty for one that was given
	Same     *List          // the incident has these bytes as this list already
}

const (
	previewRows    = 20
	previewRejects = 20
	previewLooked  = 2000
)

// Look previews the beginning of a file, unpacked, in a dialect. Without a
// mapping it proposes one. whole tells that head is the whole file; otherwise its
// last line, which may be cut, is left out.
func Look(head []byte, whole bool, d Dialect, m Mapping) (Preview, error) {
	if err := d.Check(); err != nil {
		return Preview{}, err
	}
	rows, columns, err := beginning(head, whole, d)
	p := Preview{Dialect: d, Columns: columns, Problems: map[Reason]int{}, Mapping: m, Seen: len(rows), Whole: whole && len(rows) < previewLooked}
	if err == nil {
		p.read(rows)
	}
	return p, err
}

// read shows rows, and proposes a mapping where there is none.
func (p *Preview) read(rows []Record) {
	sample := cellsOf(rows)
	p.Rows = sample[:min(len(sample), previewRows)]
	if p.Mapping == nil {
		p.Guesses = Guesses(p.Columns, sample)
		if mended(p.Columns) {
			for i := range whyColumns {
				p.Guesses[i] = Guess{Why: WhyRefused}
			}
		}
		p.Mapping = targets(p.Guesses)
	}
	p.try(rows)
}

func beginning(head []byte, whole bool, d Dialect) ([]Record, []string, error) {
	if !whole {
		head = cutLine(head, d.Encoding)
	}
	d.Packing = ""
	r, err := Open(bytes.NewReader(head), d, 0)
	if err != nil {
		return nil, nil, err
	}
	all := r.first(previewLooked)
	return all, r.Columns(), r.Err()
}

// first gives the next records, to be kept.
func (r *Reader) first(most int) []Record {
	var all []Record
	for len(all) < most {
		rec, ok := r.Next()
		if !ok {
			break
		}
		all = append(all, kept(rec))
	}
	return all
}

// kept copies a record so that it outlives its reader.
func kept(rec Record) Record {
	cells := make([][]byte, len(rec.Cells))
	for i, c := range rec.Cells {
		cells[i] = bytes.Clone(c)
	}
	rec.Cells = cells
	return rec
}

// cutLine drops what follows the last line end.
func cutLine(head []byte, e Encoding) []byte {
	width, at := 1, 0
	if e == UTF16LE || e == UTF16BE {
		width = 2
	}
	if e == UTF16BE {
		at = 1
	}
	for i := len(head)/width*width - width; i >= 0; i -= width {
		unit := head[i : i+width]
		if c := unit[at]; (c == '\n' || c == '\r') && (width == 1 || unit[1-at] == 0) {
			return head[:i+width]
		}
	}
	return head
}

func cellsOf(records []Record) [][]string {
	var all [][]string
	for _, r := range records {
		if r.Problem == "" {
			all = append(all, copied(r.Cells))
		}
	}
	return all
}

// try maps every record and counts what would be refused.
func (p *Preview) try(records []Record) {
	mapper := NewMapper(p.Columns, p.Mapping)
	unknown := map[string]bool{}
	for _, rec := range records {
		_, no, ok := mapper.Map(rec)
		if ok {
			continue
		}
		p.Problems[no.Reason]++
		if len(p.Rejects) < previewRejects {
			p.Rejects = append(p.Rejects, no)
		}
		if i := p.column(Jurisdiction); no.Reason == JurisdictionWrong && len(unknown) < previewRejects {
			unknown[no.Cells[i]] = true
		}
	}
	for v := range unknown {
		p.Unknown = append(p.Unknown, v)
	}
	sort.Strings(p.Unknown)
}

func (p *Preview) column(k Kind) int {
	for i, t := range p.Mapping {
		if t.Kind == k {
			return i
		}
	}
	return -1
}

// ByProblem gives the reasons that were met, the most frequent first.
func (p *Preview) ByProblem() []Reason {
	return slices.SortedFunc(maps.Keys(p.Problems), func(a, b Reason) int {
		if n := p.Problems[b] - p.Problems[a]; n != 0 {
			return n
		}
		return strings.Compare(string(a), string(b))
	})
}
