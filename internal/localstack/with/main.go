// Command with runs another command beside a private PostgreSQL and Redis:
//
//	with [-count] [-install] [-install-browser] [-- command…]
//	with -forget folder
//
// It hands their addresses over as FORTHWITH_TEST_DATABASE (superuser),
// FORTHWITH_TEST_OWNER, FORTHWITH_TEST_APP and FORTHWITH_TEST_REDIS, stops both
// servers when the command ends, removes their data and exits with the
// command's code. -install first installs what is missing. -count reads the
// output of `go test -json`, prints it for people and ends with the number of
// tests; a skipped test, or none at all, makes the run fail.
//
// A signal, or the death of the process that started it, ends the command, its
// children and both servers. Without a command it only installs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"forthwith/internal/fault"
	"forthwith/internal/localstack"
	"forthwith/internal/phrase"
)

func main() {
	count := flag.Bool("count", false, "read go test -json and count the tests")
	install := flag.Bool("install", false, "install PostgreSQL and Redis where they are missing")
	optional := flag.Bool("optional", false, "with -install alone: a missing server is told, not fatal")
	browser := flag.Bool("install-browser", false, "install Chromium where it is missing")
	forget := flag.String("forget", "", "remove the data of the private servers of this folder")
	flag.Parse()
	if *forget != "" {
		if err := localstack.Forget(*forget); err != nil {
			tell(err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx = whileParentLives(ctx)
	if *install {
		if err := localstack.Install(ctx, os.Stderr); err != nil {
			tell(err)
			if !*optional {
				os.Exit(1)
			}
		}
	}
	if *browser {
		if err := localstack.InstallBrowser(ctx, os.Stderr); err != nil {
			tell(err)
			os.Exit(1)
		}
	}
	if flag.NArg() == 0 {
		return
	}
	code, err := run(ctx, flag.Args(), *count)
	if err != nil {
		tell(err)
	}
	os.Exit(code)
}

// tell writes the sentence of a fault, or the error of what is none.
func tell(err error) {
	if f, ok := fault.As(err); ok {
		fmt.Fprintln(os.Stderr, phrase.Say(f.Code, f.Values))
		return
	}
	fmt.Fprintln(os.Stderr, err)
}

// whileParentLives ends the context when our parent is gone: `go run` and make
// can be killed without a word to us.
func whileParentLives(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	parent := os.Getppid()
	go func() {
		for range time.Tick(200 * time.Millisecond) {
			if os.Getppid() != parent {
				cancel()
				return
			}
		}
	}()
	return ctx
}

// run starts the stack, runs the command and gives its exit code.
func run(ctx context.Context, args []string, count bool) (code int, err error) {
	dir, err := scratch()
	if err != nil {
		return 1, err
	}
	stack, err := localstack.Start(ctx, localstack.Options{Dir: dir.path, Out: os.Stderr, Throwaway: true})
	if err != nil {
		return 1, errors.Join(err, dir.remove())
	}
	defer func() {
		if e := errors.Join(stack.Stop(), dir.remove()); e != nil {
			code, err = max(code, 1), errors.Join(err, e)
		}
	}()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(),
		"FORTHWITH_TEST_DATABASE="+stack.SuperURL, "FORTHWITH_TEST_OWNER="+stack.OwnerURL,
		"FORTHWITH_TEST_APP="+stack.AppURL, "FORTHWITH_TEST_REDIS="+stack.RedisURL)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if !count {
		return finish(ctx, cmd, stack.Failed())
	}
	tally := newTally(os.Stdout)
	cmd.Stdout = tally
	code, err = finish(ctx, cmd, stack.Failed())
	return max(code, tally.close()), err
}

// finish runs the command to its end, and ends its whole group when the
// context is over or a server is lost.
func finish(ctx context.Context, cmd *exec.Cmd, lost <-chan error) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	localstack.EndWithParent(cmd.SysProcAttr)
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var cause error
	select {
	case err := <-done:
		return exitCode(err), nil
	case cause = <-lost:
	case <-ctx.Done():
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	return 130, cause
}

func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	default:
		return 1
	}
}
