package intake

import (
	"encoding/json"
	"fmt"
	"strings"
)

// AppendJSON appends a JSON string. Most cells need no escape.
func AppendJSON(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			raw, err := json.Marshal(s)
			if err != nil {
				panic("write a string as JSON: " + err.Error()) // it cannot fail
			}
			return append(dst, raw...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// CellsJSON appends cells as a JSON array of strings.
func CellsJSON(dst []byte, cells []string) []byte {
	dst = append(dst, '[')
	for i, c := range cells {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, c)
	}
	return append(dst, ']')
}

// ReadCells reads what CellsJSON wrote. Most rows have no escape, so that each
// quotation mark begins or ends a cell, and are cut out of one copy.
func ReadCells(doc []byte) ([]string, error) {
	text := string(doc)
	inner, opens := strings.CutPrefix(text, `["`)
	inner, ends := strings.CutSuffix(inner, `"]`)
	if opens && ends && strings.IndexByte(text, '\\') < 0 {
		if cells := strings.Split(inner, `","`); strings.Count(text, `"`) == 2*len(cells) {
			return cells, nil
		}
	}
	var cells []string
	if err := json.Unmarshal(doc, &cells); err != nil {
		return nil, fmt.Errorf("read cells: %w", err)
	}
	return cells, nil
}
