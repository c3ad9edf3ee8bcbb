package suppression

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"

	"forthwith/internal/canon"
	"forthwith/internal/fault"
	"forthwith/internal/mailaddr"
)

// MaxFile bounds a file of addresses, in bytes.
const MaxFile = 16 << 20

const (
	mostLines   = 200_000
	longestLine = 64 << 10
)

// RefusedLine is a line without a usable address. What stands in it is unsaid.
type RefusedLine struct {
	Line int64
	Code string
}

// taken is what was read of a file: its lines, of which some were refused, and
// its addresses, each once.
type taken struct {
	sum       canon.Hash // of its bytes as they came
	lines     int64
	addresses []mailaddr.Address
	refused   []RefusedLine
}

// read takes the addresses of a file. A line that is empty says nothing, and so
// does a first line without an address, which is a header; every other one counts.
func read(file io.Reader) (taken, error) {
	sum := sha256.New()
	got, seen := taken{}, map[string]bool{}
	lines := bufio.NewScanner(io.TeeReader(file, sum))
	lines.Buffer(nil, longestLine)
	for no := int64(1); lines.Scan(); no++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		got.take(no, firstCell(lines.Bytes(), no == 1), seen)
		if got.lines > mostLines {
			return got, fault.Wrong("file", "suppression_file_long", fault.Values{"limit": mostLines})
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return got, fault.Wrong("file", "suppression_file_not_lines", fault.Values{})
		}
		return got, err
	}
	if got.lines == 0 {
		return got, fault.Wrong("file", "suppression_file_empty", fault.Values{})
	}
	copy(got.sum[:], sum.Sum(nil))
	return got, nil
}

func (t *taken) take(no int64, cell string, seen map[string]bool) {
	address, err := mailaddr.Parse(cell)
	if err == nil {
		t.lines++
		if key := address.GroupingKey(); !seen[key] {
			seen[key], t.addresses = true, append(t.addresses, address)
		}
		return
	}
	if no == 1 && !strings.Contains(cell, "@") {
		return
	}
	why := mailaddr.NoAt
	errors.As(err, &why)
	t.lines++
	t.refused = append(t.refused, RefusedLine{no, string(why)})
}

// firstCell gives what stands before the first delimiter, without quotes and a
// byte order mark.
func firstCell(line []byte, first bool) string {
	if first {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if i := bytes.IndexAny(line, ",;\t"); i >= 0 {
		line = line[:i]
	}
	return strings.Trim(strings.TrimSpace(string(line)), `"`)
}
