// Command forthwith tells every affected person, once, what they need to know
// after a breach, and proves that it did.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
	"forthwith/internal/sample"
	"forthwith/internal/spreadsheet"
)

// commands are what the program does, one file each.
type commands struct {
	Up       upCommand        `cmd:"" help:"Run everything on this machine with the sample incident."`
	API      apiCommand       `cmd:"" name:"api" help:"Answer people and programs over HTTP."`
	Worker   workerCommand    `cmd:"" help:"Send, import and sweep in the background."`
	List     listCommands     `cmd:"" help:"Lists, from a terminal."`
	Campaign campaignCommands `cmd:"" help:"Campaigns, from a terminal."`
	Report   reportCommand    `cmd:"" help:"The delivery report of a campaign."`
	Setup    setupCommand     `cmd:"" help:"Retire the sample for good, and invite the first admin."`
	User     userCommands     `cmd:"" help:"Accounts."`
	Token    tokenCommands    `cmd:"" help:"API tokens."`
	Verify   verifyCommand    `cmd:"" help:"Check a proof that was given out, offline."`
	Key      keyCommands      `cmd:"" help:"Keys."`
	Migrate  migrateCommands  `cmd:"" help:"The schema of the database."`
	Config   configCommands   `cmd:"" help:"The environment."`
	Demo     demoCommand      `cmd:"" help:"Carry a sample incident through the API and compare its report with the capture inbox."`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == spreadsheet.Command {
		os.Exit(spreadsheet.Serve(os.Stdin, os.Stdout)) // no command of a person's
	}
	var c commands
	parser := kong.Must(&c, kong.Name("forthwith"), kong.Description("Tell every affected person, once, and prove it."), kong.UsageOnError())
	parsed, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, sentence(err))
		os.Exit(1)
	}
}

// sentence says in words what went wrong; a failure that has none is told as
// it is.
func sentence(err error) string {
	var refused *sample.Problem
	if errors.As(err, &refused) {
		return refused.Error()
	}
	f, ok := fault.As(err)
	if !ok {
		return "forthwith: " + err.Error()
	}
	if len(f.Fields) == 0 {
		return phrase.Say(f.Code, f.Values)
	}
	text := ""
	for i, w := range f.Fields {
		if i > 0 {
			text += "\n"
		}
		text += phrase.Say(w.Code, w.Values)
	}
	return text
}
