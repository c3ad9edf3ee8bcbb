package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"forthwith/internal/campaign"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/notice"
	"forthwith/internal/relay"
)

// shownOn reads the texts of a document's pages, without the gaps between words
// and lines. Its characters are those of the library: two bytes each.
func shownOn(t *testing.T, file []byte) []string {
	t.Helper()
	var all []string
	for _, raw := range regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`).FindAllSubmatch(file, -1) {
		in, err := zlib.NewReader(bytes.NewReader(raw[1]))
		if err != nil {
			continue
		}
		page, err := io.ReadAll(in)
		if err == nil && bytes.Contains(page, []byte(" Tf ET")) {
			all = append(all, drawn(page))
		}
	}
	if len(all) == 0 {
		t.Fatal("no page is read")
	}
	return all
}

var piece = regexp.MustCompile(`(?s)\(((?:\\.|[^\\()])*)\) ?Tj`)

func drawn(page []byte) string {
	var out strings.Builder
	for _, m := range piece.FindAllSubmatch(page, -1) {
		raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAllFunc(m[1], func(b []byte) []byte {
			if b[1] == 'r' {
				return []byte{'\r'}
			}
			return b[1:]
		})
		units := make([]uint16, len(raw)/2)
		for i := range units {
			units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
		}
		out.WriteString(string(utf16.Decode(units)))
	}
	return squeezed(out.String())
}

// foot ends every page.
var foot = regexp.MustCompile(`Plan[0-9a-f]{64}·page\d+of\d+$`)

// said reads all pages as one text, without their feet.
func said(t *testing.T, file []byte) string {
	t.Helper()
	text := ""
	for _, page := range shownOn(t, file) {
		text += foot.ReplaceAllString(page, "")
	}
	return text
}

func squeezed(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), "")
}

// whole is a plan in which everything is set, and each value is its own.
func whole(t testing.TB, sources ...notice.Source) campaign.Paper {
	t.Helper()
	var blocks []notice.Block
	if sources == nil {
		blocks = []notice.Block{{Name: "shared", Locale: "en", Body: "Shared words 87."}}
		sources = []notice.Source{{Locale: "en", Jurisdictions: []string{"US-CA", "DE"}, Subject: "About {{org.name}} 71", Body: "Dear {{recipient.name}},\n\n{{incident.measures}} See [our page](https://example.com/a72).\n\n{{block shared}}"},
			{Locale: "fr", Jurisdictions: []string{}, Subject: "Avis 73", Body: "Bonjour, voilà le texte 74."}}
	}
	text, _, sum, err := notice.Draft{DefaultLocale: sources[0].Locale, Variants: sources, Blocks: blocks}.Compile(41, 2)
	if err != nil {
		t.Fatal(err)
	}
	at, stop := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), 4.25
	start := at.Add(99 * time.Hour)
	p := campaign.Plan{Format: campaign.PlanFormat, Campaign: 31, No: 32, PreflightAt: at, Incident: 33, Corrects: 85, FactsIn: map[string]map[string]string{"fr": {"incident.measures": "Nous 86."}}, FactsVersion: 34, Organisation: 35,
		Facts: map[string]string{"incident.name": "Breach 36", "org.name": "Larkfield 37", "incident.measures": "We moved 38."}, Version: campaign.PlannedVersion{ID: 39, SHA256: sum}, Text: text,
		Cohort: campaign.PlannedCohort{ID: 42, Root: [32]byte{43}, Size: 1020}, Lists: []id.List{44, 45}, Gates: []campaign.PlannedGate{{ID: 46, Name: "Secured 47", Rule: json.RawMessage(`{"list":"lst_48"}`)}},
		Rules: campaign.PlannedRules{Version: "2026-49", SHA256: strings.Repeat("5", 64)},
		Sender: campaign.PlannedSender{ID: 50, Revision: 51, From: "notice52@example.com", FromName: "Larkfield 53", ReplyTo: "help54@example.com", BounceDomain: "bounce55.example.com", LinkHosts: []string{"example.com", "h56.example.com"},
			DKIMKeys: []campaign.PlannedKey{{ID: 57, Domain: "d58.example.com", Selector: "s59", Algorithm: "ed25519", PublicSHA256: [32]byte{60}}}},
		Relays:           []campaign.PlannedRelay{{ID: 61, Revision: 62, Host: "r63.example.com", Port: 2564, TLS: "starttls", Auth: "scram", MaxRatePerSecond: 65.5, MaxConnections: 66, WarmUp: &relay.WarmUp{From: "2026-06-07", PerDay: []int64{68, 69}}}},
		MaxRatePerSecond: 75.5, ScheduleAt: &start, ExpireAfter: 86476, OnIndeterminate: campaign.Hold, MaxPerDomain: campaign.PerDomain{"a77.example": 77.5}, MaxConcurrency: campaign.PerDomain{"a78.example": 78},
		Ramp: []campaign.RampStep{{Count: 79, HoldSeconds: 680}, {Percent: 8.125, HoldSeconds: 682}}, StopAbove: &stop, SendWindow: &campaign.Window{From: "08:31", To: "19:32", Zone: "Europe/Berlin"},
		ManifestRoot: [32]byte{83}, ToSend: 984, Unaddressed: 15, Excluded: 12, Suppressed: 9}
	c := campaign.Campaign{ID: 31, PlanNo: 32, State: campaign.Ready, PlanHash: [32]byte{90}, Settings: campaign.Settings{Name: "Tell them 91"}}
	c.Preflight = campaign.Preflight{OK: true, State: campaign.Done, Warnings: []campaign.Finding{{Code: "rejects_remain", Values: fault.Values{"rows": 92}}}}
	return campaign.Paper{Campaign: c, Plan: p, Around: campaign.Around{Corrects: "First 84", Cohort: "Exposed 93", Notice: "Addresses 95", VersionNo: 2, Lists: map[id.List]string{44: "a96.csv", 45: "b97.csv"},
		Counts:  campaign.Counts{ToSend: 890, Held: 94, ByVariant: map[string]int64{"en": 700, "fr": 284}, ByJurisdiction: map[string]int64{"DE": 1}},
		Authors: []string{"Bo 98"}, Builders: []string{"Cem 99"}, Signed: []campaign.Signature{{Of: "version", By: "Ada 100", How: "totp", At: at}}}}
}

func page(t testing.TB, p campaign.Paper) []byte {
	t.Helper()
	made, err := Plan(p)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// leftOut are the parts of a plan that the page does not print, with why not.
var leftOut = map[string]string{
	".text.variants.body":     "written in Markdown; what is read of it is printed",
	".text.variants.position": "said by the order of the texts",
	".text.variants.compiled": "the same words as the text, with the fields as the program writes them",
	".text.blocks":            "their words stand in the texts that quote them",
	".text.version":           "printed as the number of the version",
	".on_indeterminate":       "said in words",
}

func TestThePageSaysEverythingThatIsInThePlan(t *testing.T) {
	p := whole(t)
	set(t, "", reflect.ValueOf(p.Plan))
	raw, err := json.Marshal(p.Plan)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	text := said(t, page(t, p))
	if !strings.Contains(text, squeezed(p.Plan.Text.Blocks[0].Body)) {
		t.Error("the words of a shared paragraph are nowhere")
	}
	seen := map[string]bool{}
	walk(tree, "", func(path string, value any) {
		for skipped := range leftOut {
			if path == skipped || strings.HasPrefix(path, skipped+".") {
				seen[skipped] = true
				return
			}
		}
		if value == nil || value == "" || value == 0.0 {
			t.Errorf("%s is not set: give it a value of its own, and print it", path)
			return
		}
		if !slices.ContainsFunc(forms(value), func(form string) bool { return strings.Contains(text, squeezed(form)) }) {
			t.Errorf("%s is nowhere: %v", path, value)
		}
	})
	for path := range leftOut {
		if !seen[path] {
			t.Errorf("%s is in no plan", path)
		}
	}
}

// set demands that each field of a plan has a value: one that is left out of the
// document while it is empty could not be looked for.
func set(t *testing.T, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.String, reflect.Int, reflect.Int64, reflect.Float64:
		if _, out := leftOut[path]; !out && v.IsZero() && path != ".text.variants.jurisdictions" {
			t.Errorf("%s is not set: give it a value of its own, and print it", path)
		}
	}
	switch {
	case v.Kind() == reflect.Pointer && !v.IsNil():
		set(t, path, v.Elem())
	case v.Kind() == reflect.Slice && v.Len() > 0 && v.Index(0).Kind() == reflect.Struct:
		set(t, path, v.Index(0))
	case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[time.Time]():
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			inner := path
			if !f.Anonymous {
				inner += "." + name
			}
			if _, out := leftOut[inner]; !out && path != ".ramp" {
				set(t, inner, v.Field(i))
			}
		}
	}
}

// walk visits every value of a tree; the keys of a table of people's own names
// are values themselves.
func walk(tree any, path string, visit func(path string, value any)) {
	switch v := tree.(type) {
	case map[string]any:
		for name, part := range v {
			switch path {
			case ".facts", ".facts_in", ".max_per_domain", ".max_concurrency_per_domain":
				visit(path, name)
				walk(part, path, visit)
			default:
				walk(part, path+"."+name, visit)
			}
		}
	case []any:
		if len(v) == 0 && path != ".text.variants.jurisdictions" {
			visit(path, nil)
		}
		for _, part := range v {
			walk(part, path, visit)
		}
	default:
		visit(path, v)
	}
}

// forms are the ways in which a value may be written.
func forms(value any) []string {
	switch v := value.(type) {
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64), count(int64(v))}
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return []string{instant(at)}
		}
		return []string{v}
	}
	return []string{fmt.Sprint(value)}
}

func TestThePageSaysWhatStandsAroundThePlan(t *testing.T) {
	p := whole(t)
	text := said(t, page(t, p))
	for _, want := range []string{p.Campaign.PlanHash.String(), "Tell them 91", "92", "First 84 (cmp_85)", "Exposed 93", "94", "Addresses 95, version 2", "a96.csv", "b97.csv", "Bo 98", "Cem 99", "Ada 100, 4 March 2026, 05:06:07 UTC, second factor totp",
		"984 + 15 + 12 + 9 = 1,020 in the cohort", "Approved the plan" + "Nobody yet", "en: 700", "About {{org.name}} 71", "{{incident.measures}} See our page <https://example.com/a72>."} {
		if !strings.Contains(text, squeezed(want)) {
			t.Errorf("%q is nowhere", want)
		}
	}
	p.Signed = append(p.Signed, campaign.Signature{Of: "plan", By: "Ada 101", How: "totp", At: p.Plan.PreflightAt})
	text = said(t, page(t, p))
	if !strings.Contains(text, squeezed("Approved the plan Ada 101")) || strings.Contains(text, squeezed("Nobody yet")) {
		t.Error("the approval is not on it")
	}
}

func TestTheSamePlanIsTheSameBytes(t *testing.T) {
	first := page(t, whole(t))
	for range 20 {
		if !bytes.Equal(page(t, whole(t)), first) {
			t.Fatal("the same plan gave other bytes")
		}
	}
	other := whole(t)
	other.Plan.MaxRatePerSecond++
	if bytes.Equal(page(t, other), first) {
		t.Error("another plan gave the same bytes")
	}
}

func TestEveryPageNamesThePlanAndItself(t *testing.T) {
	long := strings.Repeat(strings.Repeat("A line of a long text {nb} that fills the page. ", 10)+"\n\n", 100)
	p := whole(t, notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: "Long", Body: "Begin.\n\n" + long + "The end."})
	p.Plan.Facts["incident.measures"] = "Not " + pages
	all := shownOn(t, page(t, p))
	if len(all) < 8 {
		t.Fatalf("%d pages", len(all))
	}
	for i, text := range all {
		if foot := squeezed(fmt.Sprintf("Plan %s · page %d of %d", p.Campaign.PlanHash, i+1, len(all))); !strings.HasSuffix(text, foot) {
			t.Fatalf("page %d ends %q", i+1, text[max(0, len(text)-120):])
		}
	}
	text := said(t, page(t, p))
	if n := strings.Count(text, squeezed("A line of a long text {nb} that")); n != 1000 || !strings.Contains(text, "Theend.") {
		t.Errorf("%d of 1,000 sentences are there", n)
	}
	if !strings.Contains(text, squeezed("Not [U+E000 U+E001]")) {
		t.Error("a text got the number of pages")
	}
}

func TestWhatTheFontLacksStandsByItsCodePoint(t *testing.T) {
	s := speller{known: map[rune]bool{}}
	for text, want := range map[string]string{
		"Straße, Ţară, Čeština, Łódź, Việt: đ ơ": "Straße, Ţară, Čeština, Łódź, Việt: đ ơ",
		"Ελλάδα, България, Հայաստան, საქართველო": "Ελλάδα, България, Հայաստան, საქართველო",
		"שלום":          "[U+05E9 U+05DC U+05D5 U+05DD]",
		"abc\u202edef":  "abc[U+202E]def",
		"a\u200bb\tc\r": "a[U+200B]b[U+0009]c[U+000D]",
		"日本":            "[U+65E5 U+672C]",
		"e\u0301 😀":     "e[U+0301] [U+1F600]",
		"\u2068x\u2069": "[U+2068]x[U+2069]",
		"سلام (a)":      "[U+0633 U+0644 U+0627 U+0645] (a)",
		"(\\) {nb} é":   "(\\) {nb} é",
	} {
		if got := s.text(text); got != want {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
}

func TestNoTextHarmsThePage(t *testing.T) {
	for _, bad := range []string{"", "(", ")", "\\", "\\)", "%%EOF", "endstream endobj", "\x00", "\xff\xfe", strings.Repeat("x", 5000), "שלום \u202e(evil)\u202c", "ffi ﬁ ﷺ", "{{org.name}}"} {
		p := whole(t)
		p.Campaign.Settings.Name, p.Cohort, p.Plan.Facts["org.name"], p.Plan.Gates[0].Name = bad, bad, bad, bad
		text := said(t, page(t, p))
		if !strings.Contains(text, p.Campaign.PlanHash.String()) || !strings.Contains(text, squeezed("984 + 15 + 12 + 9")) {
			t.Errorf("%q spoils the page", bad)
		}
		if n := strings.Count(text, squeezed((&speller{known: map[rune]bool{}}).text(bad))); bad != "" && n < 4 {
			t.Errorf("%q is there %d times", bad, n)
		}
	}
}

func TestPeopleWhoDoNotAddUpMakeNoPage(t *testing.T) {
	p := whole(t)
	p.Plan.Excluded++
	if _, err := Plan(p); !fault.Is(err, "paper_people_unequal") {
		t.Errorf("made: %v", err)
	}
}
