package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"forthwith/internal/notice"
	"forthwith/internal/notice/lint"
	"forthwith/internal/regime"
	"forthwith/templates"
)

const (
	lintSeconds   = 0.2
	previewMillis = 100
	timesTried    = 100
)

// lintedPlaces are those whose people get each starter.
var lintedPlaces = []string{"US-CA", "US-MA", "US-NY", "DE", "GB", "CA"}

// benchLint lints every starter as the text of people in six places, with what
// the law of each asks for, and gives the one that takes longest.
func benchLint(context.Context, size) ([]result, error) {
	slowest, which := 0.0, ""
	for _, s := range templates.All() {
		doc, _, _, err := notice.StarterDraft(s).Compile(1, 1)
		if err != nil {
			return nil, err
		}
		var took []float64
		for range timesTried {
			begun := time.Now()
			if len(lint.Check(lintOf(doc, s.Conditions))) == 0 {
				return nil, fmt.Errorf("the lint of %s found nothing", s.ID)
			}
			took = append(took, time.Since(begun).Seconds())
		}
		fmt.Printf("lint: %-18s %2d texts, %d places: median %.4f s\n", s.ID, len(doc.Variants), len(lintedPlaces), median(took))
		if m := median(took); m > slowest {
			slowest, which = m, s.ID
		}
	}
	fmt.Printf("lint: the slowest is %s\n", which)
	return []result{of("lint", "s", slowest, lintSeconds)}, nil
}

func lintOf(doc notice.Document, conditions []string) lint.Input {
	facts := notice.Facts{Language: "en", Stated: map[string]string{"org.name": "Larkfield Cloud"}}
	in := lint.Input{Texts: doc.LintTexts(facts), Hosts: []string{"www.example.com"}, Facts: facts.Stated}
	for _, place := range lintedPlaces {
		text, ok := notice.PickVariant(doc.Sources(), doc.DefaultLocale, []string{place}, "en")
		if !ok {
			text = lint.NoText
		}
		in.Places = append(in.Places, lint.Place{Jurisdictions: []string{place}, Locale: "en", Text: text, People: 1000})
	}
	return notice.Lawful(in, regime.Builtin(), regime.Situation{On: time.Now(), Conditions: conditions})
}

// benchPreview asks for the preview of a version, each time for another person,
// as HTML over the API.
func benchPreview(ctx context.Context, s size) ([]result, error) {
	w, _, end, err := oneWorker(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	w.Story.Texts = nil // those of the sample, in several languages
	if err := prepare(ctx, w, s.people, 0); err != nil {
		return nil, err
	}
	var version string
	if err := w.SQL.QueryRow(ctx, "SELECT 'ver_' || max(version_no) FROM version").Scan(&version); err != nil {
		return nil, err
	}
	legal, err := w.Story.Client.As("legal", 0)
	if err != nil {
		return nil, err
	}
	incident := strings.TrimPrefix(w.Story.Incident(), "inc_")
	var took []float64
	for i := range timesTried + 1 {
		query := url.Values{"recipient": {"rcp_" + incident + "-" + strconv.Itoa(1+i*s.people/2/timesTried)}}
		begun := time.Now()
		if _, err := w.Story.Client.Call(ctx, legal, http.MethodGet, "/versions/"+version+"/preview?"+query.Encode(), nil, io.Discard); err != nil {
			return nil, err
		}
		if i > 0 { // the first one is a warm-up
			took = append(took, time.Since(begun).Seconds()*1000)
		}
	}
	slices.Sort(took)
	return []result{of("preview", "ms", median(took), previewMillis), of("preview_p95", "ms", took[len(took)*95/100], previewMillis)}, nil
}
