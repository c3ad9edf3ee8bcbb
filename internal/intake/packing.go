package intake

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"

	"forthwith/internal/fault"
)

// Packing is how a file's bytes are compressed. What is packed is read as if it
// were not: its limits are those of the content, so that a few kilobytes that
// stand for terabytes are refused when the limit is reached.
type Packing string

// The packings. The zero value is none.
const Gzip Packing = "gzip" // RFC 1952, of one or more members

// packingOf looks at the first bytes of a file.
func packingOf(head []byte) Packing {
	if bytes.HasPrefix(head, []byte("\x1f\x8b\x08")) {
		return Gzip
	}
	return ""
}

const tooLarge = "file_too_large"

// TooLarge refuses a file of more bytes than it may have.
func TooLarge(most int64) error {
	return fault.New(fault.TooLarge, tooLarge, fault.Values{"limit": most >> 20})
}

// content gives the bytes of a file unpacked. Beyond limit bytes of them it
// fails.
func (p Packing) content(src io.Reader, limit int64) io.Reader {
	if p == Gzip {
		return &limited{src: &unzipped{src: src}, code: "file_unpacks_too_large", limit: limit, left: limit}
	}
	return &limited{src: src, code: tooLarge, limit: limit, left: limit}
}

// head unpacks the beginning of a file, as far as HeadBytes; whole tells that
// nothing follows.
func (p Packing) head(raw []byte, whole bool) ([]byte, bool, error) {
	if p == "" {
		return raw, whole, nil
	}
	content := make([]byte, HeadBytes+1)
	n, err := io.ReadFull(p.content(bytes.NewReader(raw), MaxFile), content)
	switch {
	case err == nil:
		return content[:HeadBytes], false, nil
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return content[:n], whole, nil
	case fault.Is(err, "file_packed_broken") && !whole:
		return content[:n], false, nil // cut where the head ends
	}
	return nil, false, err
}

// unzipped reads what gzip packed. Bytes that are no gzip, also behind the last
// member, fail with file_packed_broken.
type unzipped struct {
	src io.Reader
	zip *gzip.Reader
}

func (u *unzipped) Read(p []byte) (int, error) {
	if u.zip == nil {
		var err error
		if u.zip, err = gzip.NewReader(u.src); err != nil {
			return 0, unpackFault(err)
		}
	}
	n, err := u.zip.Read(p)
	if err == nil || err == io.EOF {
		return n, err
	}
	return n, unpackFault(err)
}

// unpackFault tells packed bytes that are broken from a source that is: bytes that
// end too soon end in nothing else, while a connection that broke has such an end
// inside.
func unpackFault(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || err == io.ErrUnexpectedEOF || err == io.EOF {
		return fault.Wrong("file", "file_packed_broken", nil)
	}
	return err
}
