package localstack

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

const browserInstall = "apt-get install -y --no-install-recommends chromium"

// browsers are the names under which Chromium is installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// FindBrowser gives the Chromium that the tests of the pages drive.
func FindBrowser() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fault.New(fault.Unavailable, "browser_missing", fault.Values{"line": "sudo " + browserInstall})
}

// InstallBrowser installs Chromium where it is missing, as Install does for the
// servers. With nothing missing it does nothing.
func InstallBrowser(ctx context.Context, out io.Writer) error {
	_, err := FindBrowser()
	if err == nil {
		return nil
	}
	prefix, ok := rights(ctx)
	if !ok {
		return err
	}
	fmt.Fprintln(out, phrase.Say("browser_installing", fault.Values{"line": strings.Join(append(prefix, browserInstall), " ")}))
	_ = apt(ctx, out, prefix, "apt-get", "update", "-q") // an old index is no failure when the package can still be had
	if err := apt(ctx, out, prefix, strings.Fields(browserInstall)...); err != nil {
		return fault.New(fault.Unavailable, "browser_missing", fault.Values{"line": "sudo " + browserInstall}).Because(err)
	}
	_, err = FindBrowser()
	return err
}
