package spreadsheet

import (
	"archive/zip"
	"errors"
	"io"
	"net/url"
	"path"
	"strings"
)

// A part may stand for a hundred times its packed size once it is larger than
// this: what real workbooks hold stays below, what is made to fill a disk does
// not.
const (
	maxRatio   = 100
	ratioAfter = 8 << 20
	maxParts   = 10_000
	metaBytes  = 16 << 20 // for a part that is no sheet and no table of texts
)

// parts are the files inside a workbook, by their names in lower case, for names
// are compared so (ISO/IEC 29500-2, 6.2.2).
type parts struct {
	files map[string]*zip.File
	left  int64  // bytes that may still be unpacked
	alive func() // called every now and then while something is unpacked
}

func openParts(c *content, alive func()) (*parts, error) {
	z, err := zip.NewReader(c, c.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, broken
	}
	if len(z.File) > maxParts {
		return nil, tooLarge
	}
	p := &parts{files: make(map[string]*zip.File, len(z.File)), left: maxUnpacked, alive: alive}
	for _, f := range z.File {
		name := partName(f.Name)
		if p.files[name] != nil {
			return nil, broken // which of the two is meant nobody knows
		}
		p.files[name] = f
	}
	return p, nil
}

func partName(s string) string {
	return strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(s, `\`, "/"), "/"))
}

// target finds the part that a relationship of another points to.
func target(from, to string) string {
	if plain, err := url.PathUnescape(to); err == nil {
		to = plain
	}
	if to = strings.ReplaceAll(to, `\`, "/"); !strings.HasPrefix(to, "/") {
		to = path.Join("/", path.Dir(from), to)
	}
	return partName(path.Clean(to))
}

func (p *parts) has(name string) bool { return p.files[name] != nil }

// open unpacks a part, of at most some bytes.
func (p *parts) open(name string, most int64) (*unpacking, error) {
	f := p.files[name]
	if f == nil {
		return nil, broken
	}
	if f.Flags&1 != 0 {
		return nil, locked
	}
	src, err := f.Open()
	if err != nil {
		return nil, broken
	}
	return &unpacking{src: src, parts: p, most: most, packed: int64(f.CompressedSize64)}, nil
}

// unpacking is one part as its bytes come out, under its limits.
type unpacking struct {
	src    io.ReadCloser
	parts  *parts
	most   int64
	packed int64
	done   int64
	told   int64 // done when alive was last called
}

const aliveEvery = 1 << 20

// Read implements io.Reader. It fails with a refusal.
func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.src.Read(p)
	u.done, u.parts.left = u.done+int64(n), u.parts.left-int64(n)
	if u.done-u.told >= aliveEvery {
		u.told = u.done
		u.parts.alive()
	}
	switch {
	case u.parts.left < 0 || u.done > u.most || u.done > ratioAfter && u.done > maxRatio*u.packed:
		return 0, tooLarge
	case err == nil || err == io.EOF:
		return n, err
	}
	return n, broken
}

// finish unpacks what is left, which proves the checksum of all of it.
func (u *unpacking) finish() error {
	_, err := io.Copy(io.Discard, u)
	return err
}

func (u *unpacking) close() { _ = u.src.Close() }
