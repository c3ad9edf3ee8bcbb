package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"

	"forthwith/internal/sample"
)

// runLists: after the approval, and again while people are told, a list is
// imported that says other things of the same people. What was approved is what
// is sent.
func runLists(ctx context.Context, o options, seed uint64) (string, error) {
	o.size = min(o.size, 5000)
	file := sample.Make(o.size, seed).Customers
	return scene{rate: float64(o.size) / 4, before: func(ctx context.Context, w *world) error {
		return w.contradict(ctx, "Before", file)
	}, during: func(ctx context.Context, w *world) (string, error) {
		if err := w.answered(ctx, o.size/10); err != nil {
			return "", err
		}
		sent := len(w.Messages())
		return fmt.Sprintf("second_after=%d", sent), w.contradict(ctx, "During", file)
	}, after: func(_ context.Context, w *world, v verdict) error {
		if int64(v.Accepted) != w.ToSend {
			return fmt.Errorf("%d were told, %d were to be", v.Accepted, w.ToSend)
		}
		for _, m := range w.Messages() {
			if bytes.Contains(m.Raw, []byte(contradiction)) {
				return errors.New("a message says what was imported after its approval")
			}
		}
		return nil
	}}.play(ctx, o, seed)
}

// contradiction stands in every value of the lists that came too late.
const contradiction = "contradicts"

// contradict imports the customers once more, with other names, accounts,
// places and languages.
func (w *world) contradict(ctx context.Context, mark string, file []byte) error {
	r := csv.NewReader(bytes.NewReader(file))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return err
	}
	var out bytes.Buffer
	other := csv.NewWriter(&out)
	other.Comma = ';'
	header := rows[slices.IndexFunc(rows, func(row []string) bool { return slices.Contains(row, "Name") })]
	for _, row := range rows {
		for column, value := range map[string]string{"Name": contradiction, "Account": contradiction + mark, "Jurisdiction": "US-MA", "Locale": "fr"} {
			if n := slices.Index(header, column); n < len(row) && row[n] != column {
				row[n] = value
			}
		}
		if err := other.Write(row); err != nil {
			return err
		}
	}
	if other.Flush(); other.Error() != nil {
		return other.Error()
	}
	return w.Story.Add(ctx, "Contradiction "+mark, out.Bytes())
}
