package lint

import (
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Sizes of type, in points. A CSS pixel is 1/96 inch, a point 1/72.
const (
	pointsPerPixel = 0.75
	usual          = 16 * pointsPerPixel // of a browser, where a page sets none
)

// smallest gives the size of the smallest type in the compiled text, in points.
func (r *reading) smallest() float64 {
	if r.size == 0 {
		r.size = smallestIn(r.source.HTML)
	}
	return r.size
}

// sized is an open element with the size of its type.
type sized struct {
	tag    string
	points float64
	hidden bool
}

func smallestIn(page string) float64 {
	least := math.Inf(1)
	stack := []sized{{points: usual}}
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF && !math.IsInf(least, 1) {
				return math.Round(least*100) / 100
			}
			return usual
		case html.StartTagToken:
			t := z.Token()
			if !void[t.Data] {
				stack = append(stack, inside(stack[len(stack)-1], t))
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			stack = closed(stack, string(name))
		case html.TextToken:
			if top := stack[len(stack)-1]; !top.hidden && strings.TrimSpace(string(z.Text())) != "" {
				least = min(least, top.points)
			}
		}
	}
}

var void = map[string]bool{"meta": true, "br": true, "hr": true, "img": true, "input": true, "link": true, "col": true}

func closed(stack []sized, tag string) []sized {
	for i := len(stack) - 1; i > 0; i-- {
		if stack[i].tag == tag {
			return stack[:i]
		}
	}
	return stack
}

// relative are the sizes of elements that a browser makes smaller or larger.
var relative = map[string]float64{"small": 0.8333, "sub": 0.8333, "sup": 0.8333, "h1": 2, "h2": 1.5, "h3": 1.17, "h4": 1, "h5": 0.83, "h6": 0.67}

func inside(parent sized, t html.Token) sized {
	e := sized{tag: t.Data, points: parent.points, hidden: parent.hidden || t.Data == "head" || t.Data == "style" || t.Data == "title" || t.Data == "script"}
	if by, ok := relative[t.Data]; ok {
		e.points *= by
	}
	for _, a := range t.Attr {
		if a.Key == "style" {
			e.points = styled(a.Val, e.points, parent.points)
		}
	}
	return e
}

var fontSize = regexp.MustCompile(`(?i)(?:^|[;\s])font-size\s*:\s*([^;!]+)`)

// styled reads the last font-size of a style; one that cannot be read is as
// small as can be, so that it is looked at.
func styled(style string, own, parent float64) float64 {
	all := fontSize.FindAllStringSubmatch(style, -1)
	if len(all) == 0 {
		return own
	}
	value := strings.ToLower(strings.TrimSpace(all[len(all)-1][1]))
	if px, ok := named[value]; ok {
		return px * pointsPerPixel
	}
	number := strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyz% ")
	n, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0
	}
	switch strings.TrimSpace(value[len(number):]) {
	case "px":
		return n * pointsPerPixel
	case "pt":
		return n
	case "em":
		return n * parent
	case "rem":
		return n * usual
	case "%":
		return n / 100 * parent
	}
	return 0
}

// named are the sizes of CSS keywords, in pixels.
var named = map[string]float64{"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32}
