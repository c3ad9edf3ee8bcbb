package main

import (
	"context"
	"io"
	"net/http"
	"os"
)

// reportCommand writes the delivery report of a campaign, addresses masked.
type reportCommand struct {
	remote
	Campaign string `arg:"" help:"The campaign, as cmp_1."`
	Format   string `enum:"csv,json" default:"csv" help:"csv or json."`
	Out      string `short:"o" type:"path" help:"A file; standard output by default."`
}

// Run writes the report. Reading it is an entry in the ledger.
func (r reportCommand) Run(ctx context.Context) error {
	client, by, err := r.as("auditor")
	if err != nil {
		return err
	}
	out := io.Writer(os.Stdout)
	if r.Out != "" {
		f, err := os.OpenFile(r.Out, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		out = f
	}
	_, err = client.Call(ctx, by, http.MethodGet, "/campaigns/"+r.Campaign+"/report."+r.Format, nil, out)
	return err
}
