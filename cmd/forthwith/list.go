package main

import (
	"context"
	"net/http"
	"os"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
	"forthwith/internal/sample"
)

// listCommands work with lists from a terminal.
type listCommands struct {
	Import listImport `cmd:"" help:"Import a file into an incident, with a mapping of its columns."`
}

type listImport struct {
	remote
	Incident string            `arg:"" help:"The incident, as inc_1."`
	File     string            `arg:"" type:"existingfile" help:"The file."`
	Name     string            `help:"What the list is called; the file's name by default."`
	Map      map[string]string `short:"m" help:"What a column is used as, as COLUMN=email. Without any, columns are used as they are proposed."`
}

type importedList struct {
	ID       string            `json:"id"`
	State    string            `json:"state"`
	Rows     int64             `json:"rows"`
	Rejected int64             `json:"rejected"`
	New      int64             `json:"new_recipients"`
	Known    int64             `json:"known_recipients"`
	Repeats  int64             `json:"repeats"`
	Mapping  map[string]string `json:"mapping"`
	Progress float64           `json:"progress"`
	Failure  string            `json:"failure"`
}

// Run imports the file and shows how its rows add up.
func (l listImport) Run(ctx context.Context) error {
	client, by, err := l.as("ops")
	if err != nil {
		return err
	}
	file, err := os.ReadFile(l.File)
	if err != nil {
		return err
	}
	if l.Name == "" {
		l.Name = l.File
	}
	var made importedList
	if err := client.Upload(ctx, by, "/incidents/"+l.Incident+"/lists", l.Name, file, l.Map, &made); err != nil {
		return err
	}
	screen := newTerminal(os.Stdout)
	if made.State == "awaiting_confirmation" {
		if err := l.confirm(ctx, client, by, made, screen); err != nil {
			return err
		}
	}
	return l.follow(ctx, client, by, made.ID, screen)
}

// confirm takes the proposed columns, and says which.
func (l listImport) confirm(ctx context.Context, client *sample.Client, by *sample.Person, made importedList, screen *terminal) error {
	for column, use := range made.Mapping {
		screen.Step(column + " → " + use)
	}
	_, err := client.Call(ctx, by, http.MethodPost, "/lists/"+made.ID+"/confirm", map[string]any{"mapping": made.Mapping}, nil)
	return err
}

func (l listImport) follow(ctx context.Context, client *sample.Client, by *sample.Person, no string, screen *terminal) error {
	got, err := sample.Until(ctx, func() (importedList, error) {
		var now importedList
		_, err := client.Call(ctx, by, http.MethodGet, "/lists/"+no, nil, &now)
		return now, err
	}, func(now importedList) (bool, error) {
		screen.Progress(l.Name, int64(now.Progress*100), 100)
		return now.State != "importing", nil
	})
	if err != nil {
		return err
	}
	if got.State != "imported" {
		return fault.New(fault.Conflict, "import_ended", fault.Values{"state": got.State, "why": got.Failure})
	}
	screen.Step(phrase.Say("story_list", map[string]any{"name": got.ID, "rows": got.Rows, "new": got.New, "known": got.Known, "repeats": got.Repeats, "rejected": got.Rejected}))
	return nil
}
