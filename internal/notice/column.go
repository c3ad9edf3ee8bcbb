package notice

import (
	"slices"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

// CheckColumns names every field of merge whose column no list has, and every
// field of code whose pool does not exist. It is asked at submit and again at
// preflight, when lists are known.
func (d Document) CheckColumns(columns, pools []string) error {
	var wrong []fault.Field
	for _, v := range d.Ordered() {
		m := mistakes{where: where(v.Position)}
		text, origins := d.Draft().expand(v.Source, &m)
		m.source, m.origins = []byte(text.Body), origins
		m.columns(text, columns, pools)
		wrong = once(wrong, m.fields)
	}
	return fault.Wrongs(wrong)
}

func (m *mistakes) columns(v Source, columns, pools []string) {
	for _, at := range inTarget.FindAllStringSubmatchIndex(v.Subject, -1) {
		if code, values := absent(v.Subject[at[2]:at[3]], columns, pools); code != "" {
			m.in("subject", "subject_column", values)
		}
	}
	for _, at := range inTarget.FindAllStringSubmatchIndex(v.Body, -1) {
		if m.full() {
			return
		}
		if code, values := absent(v.Body[at[2]:at[3]], columns, pools); code != "" {
			m.at(at[0], code, values)
		}
	}
}

// absent tells whether a field of an open group does not exist, and what was
// probably meant.
func absent(inner string, columns, pools []string) (code string, v fault.Values) {
	f, bad, _ := parseField(inner)
	among := columns
	switch {
	case bad != "":
		return "", nil
	case f.Group == "merge":
		code = "field_no_column"
	case f.Group == "code":
		code, among = "field_no_pool", pools
	}
	if code == "" || slices.Contains(among, f.Name) {
		return "", nil
	}
	like := Suggest(f.Name, among)
	todo := phrase.Say(code+"_near", map[string]any{"like": like})
	if like == "" {
		todo = phrase.Say(code+"_todo", nil)
	}
	return code, fault.Values{"field": f.Name, "like": like, "todo": todo}
}
