package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"forthwith/internal/campaign"
	"forthwith/internal/delivery"
	"forthwith/internal/notice"
	"forthwith/internal/phrase"
	"forthwith/internal/vault"
	"forthwith/internal/watch"
)

// Words is what opening word of what waits asks of the record.
type Words interface {
	// Word gives what one mail tells by now, and who sends it.
	Word(ctx context.Context, send int64) (watch.Word, error)
	Installation() *vault.Installation
}

// openWord makes the letters that tell legal what waits for it. While the relay
// may not be used they wait; once nothing of it waits any more, they are moot.
func (o Opener) openWord(ctx context.Context, job delivery.StaffJob, at time.Time, left []campaign.Addressee) (delivery.StaffJob, error) {
	w, err := o.Words.Word(ctx, job.No)
	if err != nil {
		return job, fmt.Errorf("open staff mail %d: %w", job.No, err)
	}
	if w.Moot() {
		job.Letters = unsent(left, delivery.WordMoot)
		return job, nil
	}
	signing, err := o.Campaigns.Signing(ctx, *w.Sender)
	if err != nil {
		return job, fmt.Errorf("open staff mail %d: %w", job.No, err)
	}
	job.Patient, job.Relays = true, relaysOf(campaign.Plan{Relays: []campaign.PlannedRelay{*w.Relay}}, nil)
	job.Rate = w.Relay.MaxRatePerSecond
	text, err := wordText(w.Lines)
	if err != nil {
		return job, fmt.Errorf("open staff mail %d: %w", job.No, err)
	}
	m, err := newStaffMaker(text, nil, *w.Sender, signing, o.Words.Installation(), secondOf(at))
	if err != nil {
		job.Letters = unsent(left, delivery.NotMade)
		return job, nil
	}
	m.fill(&job, left)
	return job, nil
}

// wordText says what waits and since when. It holds no link, and nothing of an
// incident or of anybody.
func wordText(lines []watch.WordLine) (notice.Skeleton, error) {
	said := make([]string, len(lines))
	for i, l := range lines {
		said[i] = "- " + phrase.Say("word_"+string(l.Kind), map[string]any{"time": l.Since.UTC().Format("2 January 2006, 15:04 UTC")})
	}
	body := []string{phrase.Say("word_lead", nil), strings.Join(said, "\n"), phrase.Say("word_end", nil)}
	return notice.Source{Locale: "en", Jurisdictions: []string{}, Subject: phrase.Say("word_subject", nil), Body: strings.Join(body, "\n\n")}.Compile()
}
