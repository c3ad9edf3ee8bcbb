package spreadsheet

import (
	"encoding/xml"
	"strings"
)

const (
	maxSheets    = 1000
	maxSheetName = 255 // bytes; Excel has 31 characters
)

// sheet is one sheet of cells.
type sheet struct {
	name   string
	hidden bool // also "very hidden", which Excel's own menu does not list
	part   string
}

// catalogue is what a workbook says of itself.
type catalogue struct {
	sheets  []sheet
	from04  bool   // days are counted from 1904
	textsAt string // the part with texts that cells share
	looksAt string // the part with number formats
}

// relation is a part's pointer to another part.
type relation struct{ kind, part string }

// relations reads what a part points to, by id; none for one without.
func (p *parts) relations(of string) (map[string]relation, error) {
	dir, base := "", of
	if i := strings.LastIndexByte(of, '/'); i >= 0 {
		dir, base = of[:i+1], of[i+1:]
	}
	all, name := map[string]relation{}, dir+"_rels/"+base+".rels"
	if !p.has(name) {
		return all, nil
	}
	err := p.each(name, func(e xml.StartElement) error {
		if e.Name.Local == "Relationship" && !strings.EqualFold(attribute(e, "TargetMode"), "External") {
			kind := attribute(e, "Type")
			all[attribute(e, "Id")] = relation{kind[strings.LastIndexByte(kind, '/')+1:], target(of, attribute(e, "Target"))}
		}
		return nil
	})
	return all, err
}

// each visits the elements of a small part.
func (p *parts) each(name string, visit func(xml.StartElement) error) error {
	src, err := p.open(name, metaBytes)
	if err != nil {
		return err
	}
	defer src.close()
	return newMarkup(src).each(visit)
}

func (p *parts) catalogue() (*catalogue, error) {
	root, err := p.relations("")
	if err != nil {
		return nil, err
	}
	book := "xl/workbook.xml"
	for _, r := range root {
		if r.kind == "officeDocument" {
			book = r.part
		}
	}
	if other := p.otherwise(book); other != "" {
		return nil, other
	}
	points, err := p.relations(book)
	if err != nil {
		return nil, err
	}
	c := &catalogue{}
	for _, r := range points {
		switch r.kind {
		case "sharedStrings":
			c.textsAt = r.part
		case "styles":
			c.looksAt = r.part
		}
	}
	if err := c.read(p, book, points); err != nil {
		return nil, err
	}
	if len(c.sheets) == 0 {
		return nil, sheetless
	}
	return c, nil
}

// otherwise names an archive that holds no workbook that is read here.
func (p *parts) otherwise(book string) refusal {
	switch {
	case strings.HasSuffix(book, ".bin"):
		return aBinary
	case strings.HasPrefix(book, "word/"):
		return aDocument
	case strings.HasPrefix(book, "ppt/"):
		return aShow
	case p.has(book):
		return ""
	case p.has("mimetype") && p.has("content.xml"):
		return anOpenSheet
	case p.has("[content_types].xml"):
		return broken
	}
	return anArchive
}

func (c *catalogue) read(p *parts, book string, points map[string]relation) error {
	return p.each(book, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			c.from04 = truth(attribute(e, "date1904"))
		case "sheet":
			return c.add(e, points)
		}
		return nil
	})
}

// add keeps a sheet of cells; charts and macros are none.
func (c *catalogue) add(e xml.StartElement, points map[string]relation) error {
	s := sheet{name: attribute(e, "name")}
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			r := points[a.Value]
			if r.kind != "worksheet" {
				return nil
			}
			s.part = r.part
		}
	}
	state := attribute(e, "state")
	s.hidden = state != "" && state != "visible"
	if s.part == "" || s.name == "" || len(s.name) > maxSheetName || len(c.sheets) == maxSheets {
		return broken
	}
	c.sheets = append(c.sheets, s)
	return nil
}

func truth(s string) bool { return s == "1" || s == "true" || s == "on" }
