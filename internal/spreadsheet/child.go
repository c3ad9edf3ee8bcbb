package spreadsheet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// Command is the argument with which the program is a child.
const Command = "spreadsheet-child"

// Serve is the child: it confines itself, takes a workbook in, and answers until
// its input ends. It gives the exit status.
func Serve(in io.Reader, out io.Writer) int {
	c := &child{in: bufio.NewReaderSize(in, 64<<10), out: bufio.NewWriterSize(out, 64<<10)}
	err := confine()
	if err == nil {
		err = c.run()
	} else {
		err = unconfined
	}
	if err == nil {
		return 0
	}
	_ = c.fail(err) // nobody listens any more
	return 1
}

type child struct {
	in   *bufio.Reader
	out  *bufio.Writer
	buf  []byte
	book *workbook
}

// run answers until the input ends. A panic is a workbook that is broken.
func (c *child) run() (err error) {
	defer func() {
		if recover() != nil {
			err = broken
		}
	}()
	file, err := c.take()
	if err != nil {
		return err
	}
	if c.book, err = openWorkbook(file, c.alive); err != nil {
		return err
	}
	if err := c.send(sheetsFrame, c.sheets()); err != nil {
		return err
	}
	for {
		k, ask, err := readFrame(c.in, c.buf)
		if err == io.EOF {
			return nil
		}
		if err != nil || k != askFrame {
			return errFrame
		}
		if err := c.answer(ask); err != nil {
			return err
		}
	}
}

// take keeps the workbook's bytes in memory.
func (c *child) take() (*content, error) {
	file := &content{}
	for {
		k, part, err := readFrame(c.in, c.buf)
		c.buf = part
		switch {
		case err != nil:
			return nil, err
		case k == wholeFrame:
			return file, nil
		case k != chunkFrame:
			return nil, errFrame
		}
		file.add(part)
	}
}

func (c *child) sheets() []byte {
	var payload []byte
	for _, s := range c.book.sheets {
		state := byte(0)
		if s.hidden {
			state = 1
		}
		payload = appendBytes(append(payload, state), []byte(s.name))
	}
	return payload
}

// answer sends rows of a sheet.
func (c *child) answer(ask []byte) error {
	f := fields{rest: ask}
	no, most := f.upTo(maxSheets), f.upTo(maxLine)
	if !f.whole() || no >= len(c.book.sheets) {
		return errFrame
	}
	if err := c.book.prepare(); err != nil {
		return err
	}
	r, err := c.book.openSheet(no)
	if err != nil {
		return err
	}
	defer r.src.close()
	for sent := 0; most == 0 || sent < most; sent++ {
		row, err := r.next()
		if err == io.EOF {
			return c.send(endFrame, nil)
		}
		if err != nil {
			return err
		}
		c.buf = row.encode(c.buf[:0])
		if err := writeFrame(c.out, rowFrame, c.buf); err != nil {
			return err
		}
	}
	return c.send(endFrame, nil)
}

func (c *child) send(k kind, payload []byte) error {
	if err := writeFrame(c.out, k, payload); err != nil {
		return err
	}
	return c.out.Flush()
}

// alive tells that work goes on. When nobody listens the next row finds out.
func (c *child) alive() { _ = c.send(aliveFrame, nil) }

func (c *child) fail(err error) error {
	told := broken
	_ = errors.As(err, &told) // else it stays
	return c.send(failedFrame, []byte(told))
}

func asking(sheet, most int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(sheet)), uint64(most))
}
