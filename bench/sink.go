package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"

	"forthwith/internal/smtpclient/relaytest"
)

// beSink is the other side of every send: it counts and hashes messages and
// keeps nothing else. It answers each line of its input with its counts.
func beSink(c relaytest.Config) error {
	c.Sink = true
	s, err := relaytest.Start(c)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Println(s.Addr())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := json.NewEncoder(os.Stdout).Encode(s.Tally()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// sink is a running one.
type sink struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	address string
}

func startSink(how ...string) (*sink, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &sink{cmd: exec.Command(self, append([]string{"-sink"}, how...)...)}
	s.cmd.Stderr = os.Stderr
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start sink: %w", err)
	}
	s.out = bufio.NewReader(out)
	line, err := s.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("start sink: %w", err)
	}
	s.address = line[:len(line)-1]
	return s, nil
}

// messages is how many the sink has counted.
func (s *sink) messages() (int64, error) {
	t, err := s.tally()
	return t.Messages, err
}

// tally asks the sink for its counts.
func (s *sink) tally() (t relaytest.Tally, err error) {
	if _, err := fmt.Fprintln(s.in); err != nil {
		return t, err
	}
	line, err := s.out.ReadBytes('\n')
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(line, &t)
}

func (s *sink) stop() {
	_ = s.in.Close()
	_ = s.cmd.Wait()
}
