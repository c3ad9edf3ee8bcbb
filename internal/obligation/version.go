package obligation

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

	"forthwith/internal/fault"
)

// longestVersion bounds the name of a version, which every plan carries.
const longestVersion = 100

// checkVersion refuses a name that cannot be shown and compared.
func checkVersion(version string) error {
	if len(version) > longestVersion || strings.ContainsFunc(version, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fault.Wrong("version", "rules_version_unfit", fault.Values{"limit": longestVersion})
	}
	return nil
}

// compareVersions orders versions by their parts: numbers as numbers, so that
// 2026.9.1 comes before 2026.11.1, all else as text. A part more is later.
func compareVersions(a, b string) int {
	parts := func(v string) []string {
		return strings.FieldsFunc(v, func(r rune) bool { return r == '.' || r == '-' })
	}
	x, y := parts(a), parts(b)
	for i := range min(len(x), len(y)) {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		order := strings.Compare(x[i], y[i])
		if errM == nil && errN == nil {
			order = cmp.Compare(m, n)
		}
		if order != 0 {
			return order
		}
	}
	return cmp.Compare(len(x), len(y))
}
