package inbox

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A record is a head of 16 bytes (mark, length of entry, length of message,
// CRC-32C of both), the entry as JSON, and the message.
const (
	headSize = 16
	mark     = 0x46574942 // "FWIB"
	maxMeta  = 4 << 10
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	errTorn    = errors.New("record is not whole")
)

type head struct {
	metaLen, bodyLen, sum uint32
	entry                 Entry
}

// next is where the record after this one begins.
func (h head) next(at int64) int64 { return at + headSize + int64(h.metaLen) + int64(h.bodyLen) }

// appendRecord spells a record at the end of out.
func appendRecord(out []byte, e Entry, raw []byte) ([]byte, error) {
	meta, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("spell entry: %w", err)
	}
	if len(meta) > maxMeta {
		return nil, fmt.Errorf("spell entry: %d bytes", len(meta))
	}
	sum := crc32.Update(crc32.Checksum(meta, castagnoli), castagnoli, raw)
	out = binary.BigEndian.AppendUint32(out, mark)
	out = binary.BigEndian.AppendUint32(out, uint32(len(meta)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(raw)))
	out = binary.BigEndian.AppendUint32(out, sum)
	return append(append(out, meta...), raw...), nil
}

// readHead reads a record without its message.
func readHead(r io.ReaderAt, at int64) (head, error) {
	var raw [headSize]byte
	if _, err := r.ReadAt(raw[:], at); err != nil {
		return head{}, fmt.Errorf("read record: %w", err)
	}
	h := head{
		metaLen: binary.BigEndian.Uint32(raw[4:]), bodyLen: binary.BigEndian.Uint32(raw[8:]), sum: binary.BigEndian.Uint32(raw[12:]),
	}
	if binary.BigEndian.Uint32(raw[:]) != mark || h.metaLen > maxMeta || h.bodyLen > maxMessage {
		return head{}, errTorn
	}
	meta := make([]byte, h.metaLen)
	if _, err := r.ReadAt(meta, at+headSize); err != nil {
		return head{}, fmt.Errorf("read entry: %w", err)
	}
	if err := json.Unmarshal(meta, &h.entry); err != nil {
		return head{}, errTorn
	}
	return h, nil
}

// checked reads a record and holds it against its checksum.
func checked(r io.ReaderAt, at, size int64) (head, error) {
	h, err := readHead(r, at)
	if err != nil {
		return head{}, err
	}
	if h.next(at) > size {
		return head{}, errTorn
	}
	all := make([]byte, int64(h.metaLen)+int64(h.bodyLen))
	if _, err := r.ReadAt(all, at+headSize); err != nil {
		return head{}, fmt.Errorf("read record: %w", err)
	}
	if crc32.Checksum(all, castagnoli) != h.sum {
		return head{}, errTorn
	}
	return h, nil
}
