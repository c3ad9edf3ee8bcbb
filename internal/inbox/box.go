package inbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"forthwith/internal/fault"
)

// Entry describes one stored message of one envelope recipient.
type Entry struct {
	Number     int64     `json:"number"`
	MessageID  string    `json:"message_id"` // without angle brackets; empty when there is none
	Recipient  string    `json:"recipient"`
	SHA256     string    `json:"message_sha256"` // dot-stuffing undone, CRLFs kept
	ReceivedAt time.Time `json:"received_at"`
}

// Box is the store. It is safe for concurrent use.
type Box struct {
	log   *os.File // records, one after another
	index *os.File // where each record begins: 8 bytes for each number

	mu    sync.RWMutex
	count int64
	end   int64 // of the last whole record

	puts   chan put
	done   chan struct{} // closed by Close
	ended  chan struct{} // closed by the writer
	broken error         // set once a write failed; guarded by mu

	waiting  waiting
	slowness time.Duration
}

// put is a message on its way into the file.
type put struct {
	entries []Entry
	raw     []byte
	answer  chan result
}

type result struct {
	first int64
	err   error
}

// Open opens the inbox of a folder, makes it on the first run, and removes a
// record that a crash cut short.
func Open(dir string) (*Box, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make inbox folder: %w", err)
	}
	b := &Box{puts: make(chan put), done: make(chan struct{}), ended: make(chan struct{}), slowness: slowness}
	var err error
	if b.log, err = open(filepath.Join(dir, "messages")); err != nil {
		return nil, err
	}
	if b.index, err = open(filepath.Join(dir, "index")); err != nil {
		return nil, errors.Join(err, b.log.Close())
	}
	if err := errors.Join(b.lock(), b.recover()); err != nil {
		return nil, errors.Join(err, b.log.Close(), b.index.Close())
	}
	go b.write()
	return b, nil
}

func open(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	return f, nil
}

func (b *Box) lock() error {
	if err := syscall.Flock(int(b.log.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fault.New(fault.Conflict, "inbox_in_use", nil).Because(err)
	}
	return nil
}

// Count tells how many messages are stored.
func (b *Box) Count() int64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.count
}

// Entries lists up to limit entries in the order of arrival, beginning with the
// one after the number that is given; 0 begins at the first. Past the last
// there are none.
func (b *Box) Entries(after int64, limit int) ([]Entry, error) {
	count := b.Count()
	if after < 0 || after >= count || limit < 1 {
		return []Entry{}, nil
	}
	list := make([]Entry, 0, min(int64(limit), count-after))
	at, err := b.offset(after + 1)
	if err != nil {
		return nil, err
	}
	for n := after + 1; n <= count && len(list) < limit; n++ {
		h, err := readHead(b.log, at)
		if err != nil {
			return nil, err
		}
		list = append(list, h.entry)
		at = h.next(at)
	}
	return list, nil
}

// Message gives the bytes of a stored message as they came.
func (b *Box) Message(number int64) ([]byte, error) {
	if number < 1 || number > b.Count() {
		return nil, fault.New(fault.NotFound, "no_such_id", nil)
	}
	at, err := b.offset(number)
	if err != nil {
		return nil, err
	}
	h, err := readHead(b.log, at)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, h.bodyLen)
	if _, err := b.log.ReadAt(raw, at+headSize+int64(h.metaLen)); err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	return raw, nil
}

func (b *Box) offset(number int64) (int64, error) {
	var raw [8]byte
	if _, err := b.index.ReadAt(raw[:], 8*(number-1)); err != nil {
		return 0, fmt.Errorf("read index: %w", err)
	}
	return int64(binary.BigEndian.Uint64(raw[:])), nil
}

// Close ends the writer once every message that was handed over is stored. Put
// fails afterwards.
func (b *Box) Close() error {
	b.mu.Lock()
	if errors.Is(b.broken, os.ErrClosed) {
		b.mu.Unlock()
		return nil
	}
	b.broken = os.ErrClosed
	b.mu.Unlock()
	close(b.done)
	<-b.ended
	return errors.Join(b.log.Sync(), b.log.Close(), b.index.Close())
}

// recover finds the end of the last whole record. The index is trusted as far
// as its last entry points at a whole record, and made again otherwise.
func (b *Box) recover() error {
	info, err := b.index.Stat()
	if err != nil {
		return fmt.Errorf("look at index: %w", err)
	}
	size, err := b.log.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("look at messages: %w", err)
	}
	b.count, b.end = info.Size()/8, 0
	if b.count > 0 && !b.resume(size) {
		b.count, b.end = 0, 0
	}
	for b.end < size {
		h, err := checked(b.log, b.end, size)
		if err != nil {
			break // cut short, and never answered
		}
		if err := b.point(b.count, b.end); err != nil {
			return err
		}
		b.count, b.end = b.count+1, h.next(b.end)
	}
	return b.trim()
}

// trim takes away what stands behind the last whole record.
func (b *Box) trim() error {
	if err := errors.Join(b.log.Truncate(b.end), b.index.Truncate(8*b.count)); err != nil {
		return fmt.Errorf("trim inbox: %w", err)
	}
	return nil
}

// resume goes to the end of the last record that the index knows.
func (b *Box) resume(size int64) bool {
	at, err := b.offset(b.count)
	if err != nil || at < 0 || at >= size {
		return false
	}
	h, err := checked(b.log, at, size)
	if err != nil || h.entry.Number != b.count {
		return false
	}
	b.end = h.next(at)
	return true
}

func (b *Box) point(slot, at int64) error {
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(at))
	if _, err := b.index.WriteAt(raw[:], 8*slot); err != nil {
		return fmt.Errorf("write index: %w", err)
	}
	return nil
}
