//go:build !linux || !(amd64 || arm64)

package spreadsheet

import (
	"errors"
	"runtime"
	"runtime/debug"
)

// confine cannot shut the child in here. On Linux that is refused. On a
// developer's machine with another system, workbooks are read in a child with an
// empty environment, under the parent's limits of time and a limit of memory
// that only the collector keeps; docs/decisions/0043-workbooks.md says so.
func confine() error {
	if runtime.GOOS == "linux" {
		return errors.New("no filter for this processor")
	}
	debug.SetMemoryLimit(160 << 20)
	return nil
}
