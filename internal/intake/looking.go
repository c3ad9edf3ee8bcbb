package intake

import (
	"bytes"
	"fmt"
	"io"

	"forthwith/internal/fault"
)

// looking sniffs at a file while it is taken in: its bytes go in as they are,
// and are looked at unpacked. What it refuses ends the upload.
type looking struct {
	in      *io.PipeWriter
	sniffed chan *Sniffer
	refused error // read once sniffed is closed
}

// look begins with a file of such a packing, which has so many bytes unpacked at
// most. It must be ended or stopped.
func look(name string, packing Packing, most int64, open bookOpener) *looking {
	out, in := io.Pipe()
	l := &looking{in: in, sniffed: make(chan *Sniffer, 1)}
	go func() {
		defer close(l.sniffed)
		s := &Sniffer{packing: packing}
		l.refused = calmly(func() error { return s.readAll(name, packing.content(out, most), open) })
		_ = out.CloseWithError(l.refused) // an upload that goes on finds out; nil leaves nothing unread
		l.sniffed <- s
	}()
	return l
}

// calmly turns a panic into an error: a file that breaks its reader is its own
// upload's matter, and the process goes on.
func calmly(f func() error) (err error) {
	defer func() {
		if caught := recover(); caught != nil {
			err = fmt.Errorf("look at a file: %T", caught)
		}
	}()
	return f()
}

// at looks at the next bytes, and says why the file is refused where it is.
func (l *looking) at(p []byte) error {
	if _, err := l.in.Write(p); err != nil {
		_, err = l.end()
		return err
	}
	return nil
}

// end looks at what is left, and gives what was found.
func (l *looking) end() (*Sniffer, error) {
	_ = l.in.Close() // never fails
	s := <-l.sniffed
	if l.refused != nil {
		return nil, l.refused
	}
	return s, nil
}

// stop gives up.
func (l *looking) stop() {
	if l != nil {
		_ = l.in.CloseWithError(errGivenUp)
		<-l.sniffed
	}
}

var errGivenUp = fault.New(fault.Invalid, "upload_broken", nil)

// readAll sniffs at a file's content up to its end. It refuses what is no list
// as soon as its beginning is there.
func (s *Sniffer) readAll(name string, content io.Reader, open bookOpener) error {
	buf := make([]byte, HeadBytes)
	for first := true; ; first = false {
		n, err := io.ReadFull(content, buf)
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return err
		}
		if first && open != nil && isArchive(buf[:n]) {
			return s.readBook(name, io.MultiReader(bytes.NewReader(buf[:n]), content), open)
		}
		if first {
			if refused := Recognise(name, buf[:n]); refused != nil {
				return refused
			}
		}
		_, _ = s.Write(buf[:n]) // never fails
		if last {
			return nil
		}
	}
}
