package intake

import (
	_ "embed"
	"strings"
)

// placeData lists the countries of ISO 3166-1, each with the codes of its
// subdivisions in ISO 3166-2.
//
//go:embed places.txt
var placeData string

// gazetteer knows every country and its subdivisions.
type gazetteer map[string]map[string]bool

var places = readPlaces(placeData)

func readPlaces(data string) gazetteer {
	all := gazetteer{}
	for line := range strings.Lines(data) {
		codes := strings.Fields(line)
		inside := make(map[string]bool, len(codes)-1)
		for _, c := range codes[1:] {
			inside[c] = true
		}
		all[codes[0]] = inside
	}
	return all
}

func (g gazetteer) country(code string) bool {
	_, ok := g[code]
	return ok
}

// find reads an ISO 3166-1 or -2 code in any case. With a country, the code of
// a subdivision may stand alone, and nothing outside that country is known.
func (g gazetteer) find(code, country string) (string, bool) {
	code = strings.ToUpper(code)
	whole, part, divided := strings.Cut(code, "-")
	if country != "" {
		if !divided {
			whole, part = country, code
		}
		return country + "-" + part, whole == country && g[country][part]
	}
	if !divided {
		return code, g.country(code)
	}
	return code, g[whole][part]
}
