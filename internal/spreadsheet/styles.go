package spreadsheet

import (
	"encoding/xml"
	"strconv"
)

// maxStyles is how many looks of a cell there may be (Excel's own limit is
// 65,490).
const maxStyles = 1 << 17

// builtIn are the formats that are known by their number only, of those that
// say more than a plain number does (ISO/IEC 29500-1, 18.8.30). Dates of other
// languages stand among them.
var builtIn = map[int]string{
	2: "0.00", 4: "#,##0.00", 7: "#,##0.00", 8: "#,##0.00", 39: "#,##0.00", 40: "#,##0.00", 43: "#,##0.00", 44: "#,##0.00",
	14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
	27: "yyyy-mm-dd", 28: "yyyy-mm-dd", 29: "yyyy-mm-dd", 30: "yyyy-mm-dd", 31: "yyyy-mm-dd", 32: "h:mm", 33: "h:mm:ss", 34: "h:mm", 35: "h:mm:ss", 36: "yyyy-mm-dd",
	45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss",
	50: "yyyy-mm-dd", 51: "yyyy-mm-dd", 52: "yyyy-mm-dd", 53: "yyyy-mm-dd", 54: "yyyy-mm-dd", 55: "yyyy-mm-dd", 56: "yyyy-mm-dd", 57: "yyyy-mm-dd", 58: "yyyy-mm-dd",
}

// readStyles gives the number format of each look of a cell.
func (p *parts) readStyles(name string) ([]*format, error) {
	if name == "" || !p.has(name) {
		return nil, nil
	}
	codes, known := map[int]string{}, map[int]*format{}
	var all []*format
	inside := false
	src, err := p.open(name, metaBytes)
	if err != nil {
		return nil, err
	}
	defer src.close()
	m := newMarkup(src)
	err = m.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if no, err := strconv.Atoi(attribute(e, "numFmtId")); err == nil && len(codes) < maxStyles {
				codes[no] = attribute(e, "formatCode")
			}
		case "cellXfs":
			inside = true
		case "cellStyles", "dxfs", "cellStyleXfs":
			inside = false
		case "xf":
			if inside && len(all) < maxStyles {
				all = append(all, formatNo(attribute(e, "numFmtId"), codes, known))
			}
		}
		return nil
	})
	return all, err
}

func formatNo(text string, codes map[int]string, known map[int]*format) *format {
	no, err := strconv.Atoi(text)
	if err != nil {
		return plain
	}
	if known[no] == nil {
		code, ok := codes[no]
		if !ok {
			code = builtIn[no]
		}
		known[no] = parseFormat(code)
	}
	return known[no]
}
