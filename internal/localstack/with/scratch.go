package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"forthwith/internal/localstack"
)

// enough is the room that a memory file system must have free for the data.
const enough = 4 << 30

// scratchDir is a folder for one run. It is locked while its run lives, so that
// a later run can remove what a killed one left.
type scratchDir struct {
	path string
	lock *os.File
}

// scratch makes the folder, in memory where there is room, and sweeps away
// those of dead runs.
func scratch() (scratchDir, error) {
	parent := roomiest()
	sweep(parent)
	path, err := os.MkdirTemp(parent, prefix())
	if err != nil {
		return scratchDir{}, fmt.Errorf("make scratch folder: %w", err)
	}
	// The servers may run as another user, who has to pass through.
	if err := os.Chmod(path, 0o711); err != nil {
		return scratchDir{}, fmt.Errorf("open scratch folder: %w", err)
	}
	lock, err := claim(path)
	if err != nil {
		return scratchDir{}, err
	}
	return scratchDir{path: path, lock: lock}, nil
}

func (d scratchDir) remove() error {
	return errors.Join(os.RemoveAll(d.path), d.lock.Close())
}

func prefix() string { return fmt.Sprintf("fw-test-%d-", os.Geteuid()) }

// roomiest prefers memory: a template database is copied for each test, and
// the servers still sync every commit there.
func roomiest() string {
	var st syscall.Statfs_t
	const memory = "/dev/shm"
	if err := syscall.Statfs(memory, &st); err == nil && uint64(st.Bavail)*uint64(st.Bsize) >= enough {
		return memory
	}
	return "/tmp" // short, since a socket's path is
}

func sweep(parent string) {
	left, _ := filepath.Glob(filepath.Join(parent, prefix()+"*"))
	for _, path := range left {
		if lock, err := claim(path); err == nil {
			_ = localstack.Forget(path) // ends what its servers left, too
			_ = lock.Close()
		}
	}
}

// claim locks a folder of ours; it fails while its run lives.
func claim(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, fmt.Errorf("look at scratch folder: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || !info.IsDir() || int(st.Uid) != os.Geteuid() {
		return nil, fmt.Errorf("scratch folder %s is not ours", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open scratch folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock scratch folder: %w", err)
	}
	return f, nil
}
