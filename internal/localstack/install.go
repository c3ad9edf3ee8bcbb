package localstack

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"forthwith/internal/fault"
	"forthwith/internal/phrase"
)

const (
	aptInstall = "apt-get install -y --no-install-recommends postgresql redis-server"
	aptLine    = "sudo " + aptInstall
)

// Install installs PostgreSQL and Redis where one of them is missing, with
// apt-get as root or through a sudo that asks no password. Where it has no
// right to, or another package manager rules, it fails with the one line to
// type. With nothing missing it does nothing.
func Install(ctx context.Context, out io.Writer) error {
	_, errPG := findPostgres(0)
	_, errRedis := findRedis()
	if errPG == nil && errRedis == nil {
		return nil
	}
	why := errPG
	if why == nil {
		why = errRedis
	}
	prefix, ok := rights(ctx)
	if !ok {
		return why
	}
	fmt.Fprintln(out, phrase.Say("stack_installing", fault.Values{"line": strings.Join(append(prefix, aptInstall), " ")}))
	// An old index is no failure when the packages can still be had.
	_ = apt(ctx, out, prefix, "apt-get", "update", "-q")
	if err := apt(ctx, out, prefix, strings.Fields(aptInstall)...); err != nil {
		return fault.New(fault.Unavailable, "stack_install_failed", fault.Values{"line": InstallLine()}).Because(err)
	}
	if _, err := findPostgres(0); err != nil {
		return err
	}
	_, err := findRedis()
	return err
}

// rights gives what to put before apt-get, and whether we may use it at all.
func rights(ctx context.Context) ([]string, bool) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return nil, false
	}
	if os.Geteuid() == 0 {
		return nil, true
	}
	return []string{"sudo", "-n"}, exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil
}

func apt(ctx context.Context, out io.Writer, prefix []string, words ...string) error {
	line := append(append([]string{}, prefix...), words...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w", words[0], err)
	}
	return nil
}
