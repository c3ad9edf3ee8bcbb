package intake

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Encoding says what the bytes of a file mean.
type Encoding string

// The encodings that are read.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
	Latin1      Encoding = "iso-8859-1"
)

// Encodings lists what is read, in the order in which it is offered.
func Encodings() []Encoding { return []Encoding{UTF8, Windows1252, Latin1, UTF16LE, UTF16BE} }

func (e Encoding) known() bool {
	for _, k := range Encodings() {
		if e == k {
			return true
		}
	}
	return false
}

// reader gives the text as UTF-8, without a byte order mark. What is invalid
// in the encoding stays invalid in the result, so that it refuses its own row;
// nothing becomes a replacement character.
func (e Encoding) reader(src io.Reader) io.Reader {
	switch e {
	case UTF16LE, UTF16BE:
		return &decoder{src: src, step: utf16Step(e), width: 4}
	case Windows1252, Latin1:
		return &decoder{src: src, step: byteStep(e), width: 1}
	}
	return &unmarked{src: src}
}

// unmarked drops a UTF-8 byte order mark.
type unmarked struct {
	src  io.Reader
	rest []byte
	past bool
}

func (u *unmarked) Read(p []byte) (int, error) {
	if !u.past {
		u.past = true
		head := make([]byte, 3)
		n, err := io.ReadFull(u.src, head)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return 0, err
		}
		u.rest = bytes.TrimPrefix(head[:n], []byte("\xef\xbb\xbf"))
	}
	if len(u.rest) > 0 {
		n := copy(p, u.rest)
		u.rest = u.rest[n:]
		return n, nil
	}
	return u.src.Read(p)
}

// step decodes one character: it appends its UTF-8 and gives the bytes that it
// took; zero means that more bytes are needed. last says that none will come.
type step func(dst, src []byte, last bool) ([]byte, int)

// decoder turns another encoding into UTF-8, a character at a time.
type decoder struct {
	src   io.Reader
	step  step
	width int
	in    []byte
	out   []byte
	begun bool
	ended error
}

func (d *decoder) Read(p []byte) (int, error) {
	for len(d.out) == 0 {
		if d.ended != nil && len(d.in) == 0 {
			return 0, d.ended
		}
		d.advance()
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

func (d *decoder) advance() {
	if d.ended == nil {
		have := len(d.in)
		d.in = append(d.in, make([]byte, 16<<10)...)
		n, err := d.src.Read(d.in[have:])
		d.in, d.ended = d.in[:have+n], err
	}
	out := d.out[:0:0]
	at := 0
	for at < len(d.in) {
		var took int
		if out, took = d.step(out, d.in[at:], d.ended != nil); took == 0 {
			break
		}
		at += took
	}
	d.in = append(d.in[:0:0], d.in[at:]...)
	if !d.begun && len(out) > 0 {
		d.begun = true
		if d.width > 1 {
			out = bytes.TrimPrefix(out, []byte("\xef\xbb\xbf"))
		}
	}
	d.out = out
}

// utf16Step keeps an unpaired surrogate as the three bytes that UTF-8 forbids.
func utf16Step(e Encoding) step {
	unit := binary.LittleEndian.Uint16
	if e == UTF16BE {
		unit = binary.BigEndian.Uint16
	}
	return func(dst, src []byte, last bool) ([]byte, int) {
		if len(src) < 2 {
			if !last {
				return dst, 0
			}
			return append(dst, 0xff), len(src) // half a character
		}
		u := rune(unit(src))
		if !utf16.IsSurrogate(u) {
			return utf8.AppendRune(dst, u), 2
		}
		if len(src) < 4 && !last {
			return dst, 0
		}
		if len(src) >= 4 {
			if r := utf16.DecodeRune(u, rune(unit(src[2:]))); r != utf8.RuneError {
				return utf8.AppendRune(dst, r), 4
			}
		}
		return append(dst, 0xe0|byte(u>>12), 0x80|byte(u>>6)&0x3f, 0x80|byte(u)&0x3f), 2
	}
}

// high is the part of Windows-1252 that differs from Latin-1 (bytes 80 to 9F);
// zero where the encoding has no character.
var high = [32]rune{
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
}

// byteStep keeps a byte without a meaning as it is: alone, it is no UTF-8.
func byteStep(e Encoding) step {
	return func(dst, src []byte, _ bool) ([]byte, int) {
		r := rune(src[0])
		if e == Windows1252 && r >= 0x80 && r < 0xa0 {
			if r = high[r-0x80]; r == 0 {
				return append(dst, src[0]), 1
			}
		}
		return utf8.AppendRune(dst, r), 1
	}
}
