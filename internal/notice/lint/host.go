package lint

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hostsIn gives what a reader takes for host names, in any letters, with their
// lines: labels parted by dots (also those that browsers take for dots), the
// last of them two letters or more.
func hostsIn(text string) map[string]int {
	all := map[string]int{}
	line := 1
	from := -1 // where the run of signs that a host may have began
	end := func(i int) {
		if from >= 0 {
			if host := hostOf(text[from:i]); host != "" && all[host] == 0 {
				all[host] = line
			}
		}
		from = -1
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_' || isDot(r):
			if from < 0 {
				from = i
			}
		default:
			end(i)
			if r == '\n' {
				line++
			}
		}
	}
	end(len(text))
	return all
}

func isDot(r rune) bool { return r == '.' || r == '。' || r == '．' || r == '｡' }

// hostOf reads a run of signs as a host name, or gives nothing.
func hostOf(run string) string {
	run = strings.TrimFunc(run, func(r rune) bool { return isDot(r) || r == '-' || r == '_' })
	if !strings.ContainsFunc(run, isDot) {
		return ""
	}
	labels := strings.FieldsFunc(run, isDot)
	last := labels[len(labels)-1]
	if first, _ := utf8.DecodeRuneInString(last); len(labels) < 2 || utf8.RuneCountInString(last) < 2 || !unicode.IsLetter(first) {
		return ""
	}
	return strings.ToLower(run)
}

// mixed tells whether one label of a host name holds letters of several
// scripts, as no language does (UTS 39). Japanese and Korean mix theirs.
func mixed(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		var in []string
		for _, r := range label {
			if s := script(r); s != "" && !slices.Contains(in, s) {
				in = append(in, s)
			}
		}
		if len(in) > 1 {
			return true
		}
	}
	return false
}

func script(r rune) string {
	switch {
	case !unicode.IsLetter(r):
		return ""
	case unicode.Is(unicode.Latin, r):
		return "Latin"
	case unicode.Is(unicode.Cyrillic, r):
		return "Cyrillic"
	case unicode.Is(unicode.Greek, r):
		return "Greek"
	case unicode.Is(unicode.Armenian, r):
		return "Armenian"
	}
	return "other"
}

// likeness are letters that are drawn alike, as the Latin one (UTS 39,
// confusables).
var likeness = strings.NewReplacer(
	"а", "a", "е", "e", "о", "o", "р", "p", "с", "c", "у", "y", "х", "x", "і", "l", "ј", "j", "ѕ", "s", "ԁ", "d", "һ", "h", "ԛ", "q", "ԝ", "w",
	"в", "b", "к", "k", "м", "m", "н", "h", "т", "t", "ӏ", "l", "α", "a", "ο", "o", "ρ", "p", "ν", "v", "ι", "l", "κ", "k", "υ", "u", "χ", "x",
	"γ", "y", "τ", "t", "ε", "e", "η", "n", "ω", "w", "օ", "o", "ս", "u", "հ", "h", "ո", "n", "ց", "g", "ɑ", "a", "ɡ", "g", "ı", "l", "ſ", "s",
	"ⅼ", "l", "ⅰ", "l", "0", "o", "1", "l", "3", "e", "5", "s", "rn", "m", "vv", "w", "cl", "d", "-", "", "á", "a", "à", "a", "â", "a", "ä", "a",
	"å", "a", "ã", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "í", "l", "ì", "l", "î", "l", "ï", "l", "ó", "o", "ò", "o", "ô", "o", "ö", "o",
	"õ", "o", "ø", "o", "ú", "u", "ù", "u", "û", "u", "ü", "u", "ñ", "n", "ç", "c", "ý", "y", "ß", "ss", "。", ".", "．", ".", "i", "l",
)

// drawn gives what a host name looks like at a glance.
func drawn(host string) string { return likeness.Replace(strings.ToLower(host)) }

// resembles gives the approved host that another one could be taken for.
func resembles(host string, approved []string) string {
	host = strings.TrimPrefix(host, "www.")
	for _, a := range approved {
		bare := strings.TrimPrefix(strings.ToLower(a), "www.")
		switch {
		case host == bare:
			return ""
		case drawn(host) == drawn(bare), oneSlip(host, bare), strings.HasPrefix(host, bare+"."), strings.HasPrefix(host, strings.ReplaceAll(bare, ".", "-")+"."):
			return a
		}
	}
	return ""
}

// oneSlip tells whether one letter more, less or other parts two long names.
func oneSlip(a, b string) bool {
	const longEnough = 8 // shorter names are often one letter apart by chance
	if a == b || len(b) < longEnough {
		return false
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	return a[i:] == b[i+1:]
}

// isAddress tells whether a host is a number: also in the forms that browsers
// take, such as 2130706433 or 0x7f.1.
func isAddress(host string) bool {
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return numericHost.MatchString(host)
}

var numericHost = regexp.MustCompile(`(?i)^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+))*\.?$`)

// below tells whether a host is one of some domains or below one.
func below(host string, domains []string) bool {
	return slices.ContainsFunc(domains, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
}
