package api

import (
	"strconv"

	"forthwith/internal/fault"
	"forthwith/internal/intake"
	"forthwith/internal/phrase"
)

type previewView struct {
	Dialect  intake.Dialect    `json:"dialect"`
	Sheets   []sheetView       `json:"sheets,omitempty"`
	Columns  []string          `json:"columns"`
	Rows     [][]string        `json:"rows"`
	Seen     int               `json:"seen"`
	Problems []problemView     `json:"problems"`
	Rejects  []rejectView      `json:"rejects"`
	Unknown  []string          `json:"unknown_jurisdictions"`
	Mapping  map[string]string `json:"mapping"`
}

type sheetView struct {
	Name   string `json:"name"`
	Hidden bool   `json:"hidden"`
}

type problemView struct {
	Code    intake.Reason `json:"code"`
	Message string        `json:"message"`
	Rows    int           `json:"rows"`
}

type rejectView struct {
	Line    int           `json:"line"`
	Column  string        `json:"column"`
	Code    intake.Reason `json:"code"`
	Message string        `json:"message"`
	Cells   []string      `json:"cells"`
}

func viewPreview(p intake.Preview) previewView {
	v := previewView{Dialect: p.Dialect, Columns: p.Columns, Rows: p.Rows, Seen: p.Seen, Mapping: p.Mapping.Raw(p.Columns),
		Problems: []problemView{}, Rejects: []rejectView{}, Unknown: append([]string{}, p.Unknown...)}
	if v.Rows == nil {
		v.Rows = [][]string{}
	}
	for _, s := range p.Sheets {
		v.Sheets = append(v.Sheets, sheetView{s.Name, s.Hidden})
	}
	for _, reason := range p.ByProblem() {
		v.Problems = append(v.Problems, problemView{reason, phrase.Say(string(reason), nil), p.Problems[reason]})
	}
	for _, r := range p.Rejects {
		v.Rejects = append(v.Rejects, rejectView{r.Line, r.Column, r.Reason, phrase.Say(string(r.Reason), nil), r.Escaped()})
	}
	return v
}

// preview shows how the list would be read; the query replaces parts of the
// proposed dialect.
func (h lists) preview(q request) error {
	no, err := aList.in(q)
	if err != nil {
		return err
	}
	choice, err := queriedDialect(q)
	if err != nil {
		return err
	}
	return then(q, as(viewPreview))(h.service.Preview(q.UserContext(), q.actor, no, choice.apply))
}

// dialectChoice is what a person says about the form of a file; what is left
// out stays as it was proposed.
type dialectChoice struct {
	Encoding  *intake.Encoding `json:"encoding"`
	Delimiter *string          `json:"delimiter"`
	HeaderRow *int             `json:"header_row"`
	Sheet     *string          `json:"sheet"`
}

func (c dialectChoice) apply(d intake.Dialect) intake.Dialect {
	set(&d.Encoding, c.Encoding)
	set(&d.Delimiter, c.Delimiter)
	set(&d.HeaderRow, c.HeaderRow)
	set(&d.Sheet, c.Sheet)
	return d
}

func queriedDialect(q request) (dialectChoice, error) {
	var c dialectChoice
	if text := q.Query("encoding"); text != "" {
		e := intake.Encoding(text)
		c.Encoding = &e
	}
	if text := q.Query("delimiter"); text != "" {
		c.Delimiter = &text
	}
	if text := q.Query("sheet"); text != "" {
		c.Sheet = &text
	}
	if text := q.Query("header_row"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return c, fault.Wrong("header_row", "header_row_wrong", nil)
		}
		c.HeaderRow = &n
	}
	return c, nil
}

type confirmation struct {
	dialectChoice
	Mapping map[string]string `json:"mapping"`
}

// confirm starts the import.
func (h lists) confirm(q request) error {
	no, c, err := bodyFor[confirmation](q, aList)
	if err != nil {
		return err
	}
	return then(q, importing)(h.service.Confirm(q.UserContext(), q.actor, no, c.apply, c.Mapping))
}
