package web

import (
	"net/url"
	"strconv"

	"forthwith/internal/intake"
	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// turned forgets the header row of the sheet that was shown when another is
// asked for: it is that other's to be guessed.
func turned(asked url.Values) {
	if was := asked.Get("sheet_was"); was != "" && was != asked.Get("sheet") {
		asked.Del("header_row")
	}
	asked.Del("sheet_was")
}

// offer lists the ways in which a file may be read. What does not apply to it is
// a dash.
func (b *mappingBody) offer(p intake.Preview) {
	d, none := p.Dialect, []views.Option{{Text: "–", Chosen: true}}
	b.Encodings, b.Delimiters, b.Sheets, b.Chooses = none, none, none, d.Format != intake.NDJSON
	if d.Format != "" {
		b.Means = phrase.Say("format_"+string(d.Format)+"_means", nil)
	}
	switch d.Format {
	case "":
		b.Encodings, b.Delimiters = encodingOptions(d.Encoding), delimiterOptions(d.Delimiter)
	case intake.XLSX:
		b.Sheets = sheetOptions(p.Sheets, d.Sheet)
	}
}

func encodingOptions(chosen intake.Encoding) []views.Option {
	var all []views.Option
	for _, e := range intake.Encodings() {
		all = append(all, views.Option{Value: string(e), Text: phrase.Say("encoding_"+string(e), nil), Chosen: e == chosen})
	}
	return all
}

func delimiterOptions(chosen string) []views.Option {
	var all []views.Option
	for _, name := range delimiterNames {
		all = append(all, views.Option{Value: name, Text: phrase.Say("delimiter_"+name, nil), Chosen: delimiters[name] == chosen})
	}
	return all
}

// sheetOptions names hidden sheets as such.
func sheetOptions(sheets []intake.Sheet, chosen string) []views.Option {
	var all []views.Option
	for _, s := range sheets {
		o := views.Option{Value: s.Name, Text: s.Name, Chosen: s.Name == chosen}
		if s.Hidden {
			o.Text = phrase.Say("sheet_hidden", map[string]any{"name": s.Name})
		}
		all = append(all, o)
	}
	return all
}

// dialectAnswers says how a file was read.
func dialectAnswers(d intake.Dialect) []answer {
	encoding := answer{Name: phrase.Say("label_encoding", nil), Text: phrase.Say("encoding_"+string(d.Encoding), nil)}
	header := answer{Name: phrase.Say("label_header_row", nil), Text: strconv.Itoa(d.HeaderRow)}
	switch d.Format {
	case intake.NDJSON:
		return []answer{encoding, formatAnswer(d.Format)}
	case intake.XLSX:
		return []answer{formatAnswer(d.Format), {Name: phrase.Say("label_sheet", nil), Text: d.Sheet}, header}
	}
	return []answer{encoding, {Name: phrase.Say("label_delimiter", nil), Text: phrase.Say(delimiterCode(d.Delimiter), nil)}, header}
}

func formatAnswer(f intake.Format) answer {
	return answer{Name: phrase.Say("label_format", nil), Text: phrase.Say("format_"+string(f), nil)}
}
