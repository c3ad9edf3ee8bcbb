package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// shownCells is how many cells of a column are shown.
const shownCells = 3

// mappingBody is a file that waits: how it is read, what its columns become,
// and what an import would give, as far as its beginning tells.
type mappingBody struct {
	Encodings, Delimiters []views.Option
	Sheets                []views.Option
	Means                 string // what sort of file it is, where that needs a word
	Chooses               bool   // there is something to choose about how it is read
	HeaderRow             string
	Dialect               intake.Dialect
	Columns               []columnRow
	Looked                string // how many rows were looked at
	Sum                   *views.Sum
	Refused               []refusedRow
	NotInEncoding         string
	Same                  *views.Banner // the file was imported before
	Until                 views.When
	Do                    string
}

// columnRow is one column. No is its place, from 0, by which the form's fields
// are named.
type columnRow struct {
	No             int
	Name           string
	Cells          []string
	Uses, Types    []views.Option
	As, Country    string
	Summary, Label string
	Why            string // the use was proposed
}

func (v *visit) showWaiting(l intake.List) error {
	asked := url.Values{}
	for _, name := range []string{"encoding", "delimiter", "header_row", "sheet", "sheet_was"} {
		if text := v.Query(name); text != "" {
			asked.Set(name, text)
		}
	}
	turned(asked)
	p, err := v.waitingPage(l, asked)
	if err != nil {
		return err
	}
	if len(p.Faults) > 0 {
		return v.page(fiber.StatusUnprocessableEntity, "list-waiting", p)
	}
	return v.show("list-waiting", p)
}

// waitingPage shows a file read as somebody asks. What cannot be read so is a
// fault of the page, and the page still offers other ways.
func (v *visit) waitingPage(l intake.List, asked url.Values) (views.Page, error) {
	b, p, err := v.listHead(l)
	if err != nil {
		return p, err
	}
	change, err := dialectOf(asked)
	var preview intake.Preview
	if err == nil {
		preview, err = v.Lists.Preview(v.UserContext(), v.actor(), l.ID, change)
	}
	if fault.KindOf(err) == fault.Invalid {
		f, _ := fault.As(atDialect(err))
		p.Faults, p.Old, err = faults(f), asked, nil
	}
	if err != nil {
		return p, err
	}
	if preview.Dialect.Encoding == "" {
		preview.Dialect = change(l.Dialect)
	}
	b.Mapping = v.mappingBody(l, preview)
	if b.Mapping.HeaderRow = asked.Get("header_row"); b.Mapping.HeaderRow == "" {
		b.Mapping.HeaderRow = strconv.Itoa(preview.Dialect.HeaderRow)
	}
	p.Body = b
	return p, nil
}

// dialectOf reads what was asked for; what was not stays as it was proposed.
func dialectOf(asked url.Values) (func(intake.Dialect) intake.Dialect, error) {
	line, err := 0, error(nil)
	text := strings.TrimSpace(asked.Get("header_row"))
	if text != "" {
		if line, err = strconv.Atoi(text); err != nil {
			err = fault.Wrong("header_row", "header_row_wrong", nil)
		}
	}
	return func(d intake.Dialect) intake.Dialect {
		if e := asked.Get("encoding"); e != "" {
			d.Encoding = intake.Encoding(e)
		}
		if name := asked.Get("delimiter"); name != "" {
			d.Delimiter = delimiters[name]
		}
		if name := asked.Get("sheet"); name != "" {
			d.Sheet = name
		}
		if text != "" {
			d.HeaderRow = line
		}
		return d
	}, err
}

// delimiters by the names that the form uses.
var delimiters = map[string]string{"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

var delimiterNames = []string{"comma", "semicolon", "tab", "bar"}

func delimiterName(d string) string {
	return named(delimiterNames, func(name string) bool { return delimiters[name] == d })
}

func delimiterCode(d string) string { return "delimiter_" + delimiterName(d) }

func (v *visit) mappingBody(l intake.List, p intake.Preview) *mappingBody {
	b := &mappingBody{Dialect: p.Dialect, Until: v.when(l.UploadedAt.Add(intake.Unconfirmed)), Do: phrase.Say("import_do", nil)}
	b.offer(p)
	for i := range p.Columns {
		b.Columns = append(b.Columns, columnOf(p, i))
	}
	if p.Same != nil {
		b.Same = &views.Banner{Tone: "warn", Icon: "warning", Text: phrase.Say("list_same_before", map[string]any{"name": p.Same.Name, "time": v.when(p.Same.UploadedAt).Text}),
			Link: &views.Link{Text: phrase.Say("list_same_open", nil), URL: listURL(p.Same.ID)}}
	}
	if p.Seen > 0 {
		b.look(p)
	}
	return b
}

// look tells what the rows that were looked at would give.
func (b *mappingBody) look(p intake.Preview) {
	refused := 0
	for _, n := range p.Problems {
		refused += n
	}
	var parts []views.Term
	if n := p.Seen - refused; n > 0 {
		parts = append(parts, views.Term{Status: "accepted", Word: phrase.Say("rows_taken", nil), Count: int64(n)})
	}
	if refused > 0 {
		parts = append(parts, views.Term{Status: "rejected", Word: phrase.Say("rows_refused", nil), Count: int64(refused), Hatched: true})
	}
	sum := sumOf(phrase.Say("rows_all", nil), parts)
	b.Sum, b.Looked = &sum, phrase.Say("looked_first", map[string]any{"count": p.Seen})
	if p.Whole {
		b.Looked, b.Do = phrase.Say("looked_all", map[string]any{"count": p.Seen}), phrase.Say("import_do_rows", map[string]any{"count": p.Seen})
	}
	b.Refused = problemRows(p)
	if n := p.Problems[intake.NotInEncoding]; n > 0 {
		b.NotInEncoding = phrase.Say("rows_not_in_encoding", map[string]any{"count": n, "encoding": phrase.Say("encoding_"+string(p.Dialect.Encoding), nil)})
	}
}

func problemRows(p intake.Preview) []refusedRow {
	var rows []refusedRow
	for _, reason := range p.ByProblem() {
		row := refusedRow{Why: reasonWords(reason), Rows: int64(p.Problems[reason]), First: "–"}
		for _, r := range p.Rejects {
			if r.Reason == reason {
				row.First = firstOf(intake.Refused{Reason: reason, Line: int64(r.Line), Column: r.Column, Got: r.Got}, len(p.Columns))
				break
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// reasonWords is what happened, of the sentence that says a reason.
func reasonWords(r intake.Reason) string {
	what, _, _ := strings.Cut(phrase.Say(string(r), nil), " – ")
	return what
}

// firstOf says where the first row of a reason stands.
func firstOf(r intake.Refused, columns int) string {
	values := map[string]any{"line": r.Line, "column": r.Column, "got": r.Got, "columns": columns, "size": sizeWords(r.Got)}
	switch {
	case r.Reason == intake.Ragged && r.Got > 0:
		return phrase.Say("first_ragged", values)
	case r.Reason == intake.CellTooLong:
		return phrase.Say("first_long", values)
	case r.Column != "":
		return phrase.Say("first_in_column", values)
	}
	return phrase.Say("first_row", values)
}

// confirmList starts the import with what the form says of each column.
func (w *site) confirmList(v *visit) error {
	v.refused(waitingAgain)
	no, err := id.ParseList(v.Params("list"))
	if err != nil {
		return err
	}
	change, err := dialectOf(v.form)
	if err != nil {
		return err
	}
	if _, err := w.Lists.Confirm(v.UserContext(), v.actor(), no, change, v.mapping()); err != nil {
		return v.atColumns(atDialect(err))
	}
	return v.to(listURL(no))
}

// waitingAgain shows the mapping with what was chosen; a list that waits no
// more shows where it stands.
func waitingAgain(v *visit, err error) error {
	l, readErr := v.list()
	if readErr != nil {
		return readErr
	}
	if l.State != intake.Awaiting {
		p, pageErr := v.listPage(l)
		if pageErr != nil {
			return pageErr
		}
		return v.showAgain("list", p, err)
	}
	p, pageErr := v.waitingPage(l, v.form)
	if pageErr != nil {
		return pageErr
	}
	return v.showAgain("list-waiting", p, err)
}
