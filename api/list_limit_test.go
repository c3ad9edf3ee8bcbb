package api

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"forthwith/internal/access"
	"forthwith/internal/id"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
)

// taking has the API take files of so many MiB at most.
func (r *rig) taking(mib int64) {
	services := rigServices(r.db, r.staff)
	lists := services.Lists.(intake.Service)
	lists.MostFile = mib << 20
	services.Lists = lists
	r.app = New(services)
}

// listOf is a list of exactly so many bytes. mark makes it another file.
func listOf(bytes int, mark string) string {
	var b strings.Builder
	b.WriteString("email,note\n")
	for i := 0; ; i++ {
		row := fmt.Sprintf("p%d@example.com,%s", i, mark)
		left := bytes - b.Len() - len(row) - 1
		if left < 2000 {
			b.WriteString(row + strings.Repeat("x", left) + "\n")
			return b.String()
		}
		b.WriteString(row + strings.Repeat("x", 900) + "\n")
	}
}

func packed(t *testing.T, text string, level int) string {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err == nil {
		_, err = w.Write([]byte(text))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const plain = -99

// The limit of a file is the one that was set, to the byte, whether it comes
// packed or not, and the refusal names it.
func TestAFileMayHaveAsManyBytesAsWasSet(t *testing.T) {
	r := newRig(t)
	incident := r.incident()
	for i, c := range []struct {
		name   string
		limit  int64
		bytes  int
		packed int    // level of its packing; plain: none
		code   string // empty: it is taken
	}{
		{"all of one MiB", 1, 1 << 20, plain, ""},
		{"a byte over one MiB", 1, 1<<20 + 1, plain, "file_too_large"},
		{"so much that its announcement is refused", 1, 4 << 20, plain, "file_too_large"},
		{"all of one MiB once unpacked", 1, 1 << 20, gzip.BestSpeed, ""},
		{"a byte over one MiB once unpacked", 1, 1<<20 + 1, gzip.BestSpeed, "file_unpacks_too_large"},
		{"all of one MiB, and larger as it comes", 1, 1 << 20, gzip.NoCompression, "file_too_large"},
		{"all of three MiB", 3, 3 << 20, plain, ""},
		{"a byte over three MiB", 3, 3<<20 + 1, plain, "file_too_large"},
		{"a byte over three MiB once unpacked", 3, 3<<20 + 1, gzip.BestSpeed, "file_unpacks_too_large"},
		{"three MiB where nothing is set", 0, 3 << 20, plain, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.t = t
			r.taking(c.limit)
			file := listOf(c.bytes, fmt.Sprint(i))
			if len(file) != c.bytes {
				t.Fatalf("the file has %d bytes", len(file))
			}
			if c.packed != plain {
				file = packed(t, file, c.packed)
			}
			a := r.upload(access.Ops, incident, "file", file, "name", c.name, "mapping", `{"email":"email","note":"ignore"}`)
			if c.code == "" {
				r.must(a, 202, "upload")
				return
			}
			if detail, _ := a.doc["detail"].(string); a.status != 413 || a.doc["code"] != c.code || !strings.Contains(detail, fmt.Sprintf("over %d MiB", c.limit)) {
				t.Errorf("answered with %d %s", a.status, a.raw)
			}
		})
	}
}

// What was taken in is imported, also where the limit was lowered meanwhile.
func TestALowerLimitLosesNothingThatIsThere(t *testing.T) {
	r := newRig(t)
	incident := r.incident()
	r.taking(2)
	for _, file := range []string{listOf(2<<20, "plain"), packed(t, listOf(2<<20, "packed"), gzip.BestSpeed)} {
		list := r.must(r.upload(access.Ops, incident, "file", file, "name", "Large", "mapping", `{"email":"email","note":"ignore"}`), 202, "upload").text("id")
		no, err := id.ParseList(list)
		if err != nil {
			t.Fatal(err)
		}
		files := postgres.ListStore{DB: r.db.DB}
		if err := (intake.Service{Store: files, Uploads: files, Importer: files, Withdrawals: files, Comparison: files, Files: files, MostFile: 1 << 20}).Import(t.Context(), no); err != nil {
			t.Fatal(err)
		}
		if a := r.as(access.Ops, "GET", "/lists/"+list, nil); a.doc["state"] != "imported" || a.doc["rejected"] != 0.0 {
			t.Errorf("the list is %s", a.raw)
		}
	}
}

// A body that is announced to be too long is refused before it comes; a shorter
// one is waited for.
func TestAnAnnouncedBodyIsHeldAgainstWhatWasSet(t *testing.T) {
	r := newRig(t)
	incident := r.incident()
	for _, c := range []struct {
		limit, announced int64 // MiB
		status           string
	}{{1, 4, "413"}, {600, 550, "400"}, {600, 603, "413"}} {
		r.taking(c.limit)
		conn, err := net.Dial("tcp", r.listen())
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "POST /api/v1/incidents/%s/lists HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n%s",
			incident, r.people[access.Ops].token, c.announced<<20, strings.Repeat("x", 8<<10)) // what the server reads before it looks
		if err == nil {
			err = conn.(*net.TCPConn).CloseWrite()
		}
		answer, readErr := io.ReadAll(conn)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		if !strings.HasPrefix(string(answer), "HTTP/1.1 "+c.status) || strings.Contains(string(answer), fmt.Sprintf("over %d MiB", c.limit)) != (c.status == "413") {
			t.Errorf("%d of %d MiB: %s", c.announced, c.limit, answer)
		}
		_ = conn.Close()
	}
}
