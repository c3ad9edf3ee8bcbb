package inbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// group bounds how many bytes share one sync.
const group = 8 << 20

// Put stores a message for its envelope recipients and returns when it would
// survive a crash, with the number of the first of its entries.
func (b *Box) Put(ctx context.Context, recipients []string, raw []byte) (int64, error) {
	sum := sha256.Sum256(raw)
	p := put{raw: raw, answer: make(chan result, 1)}
	for _, to := range recipients {
		p.entries = append(p.entries, Entry{
			MessageID: messageID(raw), Recipient: to, SHA256: hex.EncodeToString(sum[:]), ReceivedAt: time.Now().UTC(),
		})
	}
	select {
	case b.puts <- p:
	case <-b.done:
		return 0, b.trouble()
	case <-ctx.Done():
		return 0, fmt.Errorf("store message: %w", ctx.Err())
	}
	// Handed over: the answer comes, and no other is true.
	r := <-p.answer
	return r.first, r.err
}

// write is the only writer. It takes what waits, writes and syncs once, and
// answers all of it.
func (b *Box) write() {
	for {
		select {
		case first := <-b.puts:
			b.store(b.gather(first))
		case <-b.done:
			close(b.ended)
			return
		}
	}
}

func (b *Box) gather(first put) []put {
	batch, size := []put{first}, len(first.raw)
	for size < group {
		select {
		case p := <-b.puts:
			batch, size = append(batch, p), size+len(p.raw)
		default:
			return batch
		}
	}
	return batch
}

func (b *Box) store(batch []put) {
	b.mu.Lock()
	defer b.mu.Unlock()
	firsts, err := b.append(batch)
	if err != nil && b.broken == nil {
		b.broken = b.trim() // nil when nothing of the batch is left
	}
	for i, p := range batch {
		if err != nil {
			p.answer <- result{err: err}
			continue
		}
		p.answer <- result{first: firsts[i]}
	}
}

func (b *Box) append(batch []put) ([]int64, error) {
	if b.broken != nil {
		return nil, fmt.Errorf("store message: %w", b.broken)
	}
	var out []byte
	var err error
	firsts, starts := make([]int64, len(batch)), []int64{}
	count := b.count
	for i, p := range batch {
		firsts[i] = count + 1
		for _, e := range p.entries {
			count++
			e.Number = count
			starts = append(starts, b.end+int64(len(out)))
			if out, err = appendRecord(out, e, p.raw); err != nil {
				return nil, err
			}
		}
	}
	for i, at := range starts {
		if err := b.point(b.count+int64(i), at); err != nil {
			return nil, err
		}
	}
	if _, err := b.log.WriteAt(out, b.end); err != nil {
		return nil, fmt.Errorf("write messages: %w", err)
	}
	if err := b.log.Sync(); err != nil {
		b.broken = fmt.Errorf("sync messages: %w", err) // what the disk holds is not known any more
		return nil, b.broken
	}
	b.count, b.end = count, b.end+int64(len(out))
	return firsts, nil
}

func (b *Box) trouble() error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return fmt.Errorf("store message: %w", b.broken)
}

// messageID finds the Message-ID among the headers, unfolded and without its
// brackets (RFC 5322 3.6.4).
func messageID(raw []byte) string {
	headers, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	var value string
	inside := false
	for line := range strings.SplitSeq(string(headers), "\r\n") {
		switch {
		case inside && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")):
			value += line
		case inside:
			return trimID(value)
		default:
			name, rest, ok := strings.Cut(line, ":")
			if inside = ok && strings.EqualFold(strings.TrimSpace(name), "Message-ID"); inside {
				value = rest
			}
		}
	}
	return trimID(value)
}

func trimID(v string) string {
	id := strings.Trim(strings.TrimSpace(v), "<>")
	if len(id) > 998 {
		return id[:998]
	}
	return id
}
