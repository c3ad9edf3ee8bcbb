package intake

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
)

func zipped(parts ...string) []byte {
	var out bytes.Buffer
	for _, p := range parts {
		w, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // there is such a level
		_, _ = io.WriteString(w, p)                       // a buffer takes everything
		_ = w.Close()
	}
	return out.Bytes()
}

// lookedAt looks at a file as an upload does, in chunks of some size.
func lookedAt(raw []byte, size int) (*Sniffer, error) {
	l := look("people.gz", packingOf(raw), MaxFile, nil)
	for at := 0; at < len(raw); at += size {
		if err := l.at(raw[at:min(at+size, len(raw))]); err != nil {
			return nil, err
		}
	}
	return l.end()
}

// A packed file is read exactly as its content is, whatever that is and however
// it was packed and cut.
func TestAPackedFileIsReadAsItsContent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,9}@example\.com[,;\t|][A-Za-z äöé"]{0,9}`), 1, 20).Draw(t, "rows")
		content := "email,name\n" + strings.Join(rows, rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")) + "\n"
		half := rapid.IntRange(0, len(content)).Draw(t, "half")
		size := rapid.IntRange(9, 300).Draw(t, "size")
		plain, err := lookedAt([]byte(content), size)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := lookedAt(zipped(content[:half], content[half:]), size)
		if err != nil {
			t.Fatal(err)
		}
		want, got := plain.Guess(), packed.Guess()
		if want.Packing != "" || got.Packing != Gzip {
			t.Fatalf("packed as %q and %q", want.Packing, got.Packing)
		}
		got.Packing = ""
		if !cmp.Equal(got, want) || packed.Size() != plain.Size() || !bytes.Equal(packed.Head(), plain.Head()) {
			t.Fatalf("read as %+v, not %+v", got, want)
		}
		want.Packing = Gzip
		if again := texts(t, zipped(content), want); again != texts(t, []byte(content), plain.Guess()) {
			t.Fatalf("rows are %q", again)
		}
	})
}

func texts(t *rapid.T, raw []byte, d Dialect) string {
	r, err := Open(bytes.NewReader(raw), d, 0)
	if f, told := fault.As(err); told {
		return f.Code // the same for both
	}
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for rec, ok := r.Next(); ok; rec, ok = r.Next() {
		all.WriteString(string(rec.Problem) + "|" + string(bytes.Join(rec.Cells, []byte("|"))) + "\n")
	}
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestPackedFilesThatAreNoListAreRefused(t *testing.T) {
	const list = "email\nada@example.com\n"
	good := zipped(strings.Repeat(list, 50_000)) // over a chunk unpacked
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 0x55
	wrongSum := bytes.Clone(good)
	wrongSum[len(wrongSum)-6] ^= 1
	for name, c := range map[string]struct {
		raw  []byte
		code string
	}{
		"cut":                    {good[:len(good)-9], "file_packed_broken"},
		"cut in its first bytes": {good[:5], "file_packed_broken"},
		"a byte changed":         {flipped, "file_packed_broken"},
		"another checksum":       {wrongSum, "file_packed_broken"},
		"something behind it":    {append(bytes.Clone(good), "and more"...), "file_packed_broken"},
		"nothing in it":          {zipped(""), "file_empty"},
		"a PDF in it":            {zipped("%PDF-1.7\n"), "file_is_other"},
		"packed twice":           {zipped(string(good)), "file_is_other"},
		"an archive in it":       {zipped(archive(t, list)), "file_is_other"},
		"a bomb":                 {bomb(), "file_unpacks_too_large"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := lookedAt(c.raw, ChunkBytes); !fault.Is(err, c.code) {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

// Nothing that stands in a file may end the process that takes it in.
func TestAFileThatBreaksItsReaderIsRefusedAlone(t *testing.T) {
	if err := calmly(func() error { panic("in the middle of a row") }); err == nil || strings.Contains(err.Error(), "row") {
		t.Errorf("got %v", err)
	}
	if err := calmly(func() error { return errGivenUp }); err != errGivenUp {
		t.Errorf("got %v", err)
	}
}

func archive(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: "people.csv", Size: int64(len(content)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, content)
	_ = w.Close()
	return out.String()
}

// bomb stands for far more than a list may hold, in less than a megabyte.
func bomb() []byte {
	part := zipped(strings.Repeat("email\nada@example.com\n", 4<<20))
	return bytes.Repeat(part, MaxFile/(88<<20)+2)
}

// The beginning of a packed file is shown though it is cut where the chunk ends.
func TestTheBeginningOfAPackedFileIsShown(t *testing.T) {
	content := strings.Builder{}
	content.WriteString("email,name\n")
	for i := range 200_000 {
		content.WriteString(strings.Repeat(string(rune('a'+i*7%26)), 1+i%9) + "@example.com,Ada\n")
	}
	raw := zipped(content.String())
	for _, c := range []struct {
		raw   []byte
		bytes int
		whole bool
	}{{raw, HeadBytes, false}, {raw[:len(raw)/2], HeadBytes, false}, {zipped("email\n"), 6, true}} {
		head, whole, err := Gzip.head(c.raw, true)
		if err != nil || whole != c.whole || len(head) != c.bytes || !strings.HasPrefix(content.String(), string(head[:5])) {
			t.Errorf("%d bytes, whole %v: %v", len(head), whole, err)
		}
	}
	if head, whole, err := Gzip.head(raw[:2000], false); err != nil || whole || len(head) == 0 || !strings.HasPrefix(content.String(), string(head)) {
		t.Errorf("cut: %d bytes, whole %v: %v", len(head), whole, err)
	}
	if _, _, err := Gzip.head(raw[:2000], true); !fault.Is(err, "file_packed_broken") {
		t.Errorf("broken: %v", err)
	}
}
