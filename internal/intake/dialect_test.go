package intake

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"forthwith/internal/fault"
)

func inUTF16(s string, big, bom bool) []byte {
	var out []byte
	if bom {
		s = "\ufeff" + s
	}
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

func TestDialectIsGuessedFromTheBytes(t *testing.T) {
	body := "email,name\nada@example.com,Ada\nbo@example.com,Bo\n"
	cases := map[string]struct {
		file []byte
		want Dialect
	}{
		"plain":                   {[]byte(body), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}},
		"semicolons":              {[]byte(strings.ReplaceAll(body, ",", ";")), Dialect{Encoding: UTF8, Delimiter: ";", HeaderRow: 1}},
		"tabs":                    {[]byte(strings.ReplaceAll(body, ",", "\t")), Dialect{Encoding: UTF8, Delimiter: "\t", HeaderRow: 1}},
		"bars":                    {[]byte(strings.ReplaceAll(body, ",", "|")), Dialect{Encoding: UTF8, Delimiter: "|", HeaderRow: 1}},
		"one column":              {[]byte("email\nada@example.com\n"), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}},
		"UTF-8 with a mark":       {[]byte("\ufeff" + body), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}},
		"UTF-16LE with a mark":    {inUTF16(body, false, true), Dialect{Encoding: UTF16LE, Delimiter: ",", HeaderRow: 1}},
		"UTF-16BE with a mark":    {inUTF16(body, true, true), Dialect{Encoding: UTF16BE, Delimiter: ",", HeaderRow: 1}},
		"UTF-16LE without a mark": {inUTF16(body, false, false), Dialect{Encoding: UTF16LE, Delimiter: ",", HeaderRow: 1}},
		"UTF-16BE without a mark": {inUTF16(body, true, false), Dialect{Encoding: UTF16BE, Delimiter: ",", HeaderRow: 1}},
		"Windows-1252":            {[]byte("email;name\nada@example.com;M\xfcller \x96 Stra\xdfe\n"), Dialect{Encoding: Windows1252, Delimiter: ";", HeaderRow: 1}},
		"Latin-1 controls":        {[]byte("email;name\nada@example.com;M\xfcller\x81\x8d\n"), Dialect{Encoding: Latin1, Delimiter: ";", HeaderRow: 1}},
		"one broken row in UTF-8": {[]byte("email,name\na@example.com,Müller\nb@example.com,Zoë\nc@example.com,J\xf6rg\n"), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 1}},
		"a title row":             {[]byte("Customers of March\n\nemail,name\nada@example.com,Ada\nbo@example.com,Bo\n"), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 3}},
		"a padded title row":      {[]byte("Customers,,,\nemail,name,plan,city\na@example.com,A,p,x\nb@example.com,B,p,y\n"), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 2}},
		"a sep line":              {[]byte("sep=;\nemail;name\nada@example.com;a,b\n"), Dialect{Encoding: UTF8, Delimiter: ";", HeaderRow: 2}},
		"no column names":         {[]byte("ada@example.com,Ada\nbo@example.com,Bo\n"), Dialect{Encoding: UTF8, Delimiter: ",", HeaderRow: 0}},
		"commas inside quotes":    {[]byte("email;name\na@example.com;\"x,y,z\"\nb@example.com;\"x,y,z\"\n"), Dialect{Encoding: UTF8, Delimiter: ";", HeaderRow: 1}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 7, 1 << 20} {
				var s Sniffer
				for at := 0; at < len(c.file); at += size {
					_, _ = s.Write(c.file[at:min(at+size, len(c.file))])
				}
				if diff := cmp.Diff(c.want, s.Guess()); diff != "" {
					t.Errorf("in writes of %d: %s", size, diff)
				}
			}
		})
	}
}

func TestAnAccentAfterTheHeadStillDecides(t *testing.T) {
	var s Sniffer
	_, _ = s.Write([]byte("email,name\n" + strings.Repeat("ada@example.com,Ada\n", 20_000)))
	_, _ = s.Write([]byte("bo@example.com,J\xf6rg\n"))
	if got := s.Guess().Encoding; got != Windows1252 {
		t.Errorf("guessed %s", got)
	}
}

func TestDecodingKeepsTextAndNeverReplaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if strings.HasPrefix(text, "\ufeff") {
			t.Skip("a mark is dropped")
		}
		big := rapid.Bool().Draw(t, "big")
		e := UTF16LE
		if big {
			e = UTF16BE
		}
		src := inUTF16(text, big, rapid.Bool().Draw(t, "marked"))
		got, err := io.ReadAll(e.reader(iotest.HalfReader(bytes.NewReader(src))))
		if err != nil || string(got) != text {
			t.Fatalf("%q became %q, %v", text, got, err)
		}
	})
}

func TestWhatIsNotInTheEncodingRefusesItsRowOnly(t *testing.T) {
	cases := map[string]struct {
		e    Encoding
		text []byte
	}{
		"a stray Latin-1 byte in UTF-8":  {UTF8, []byte("a,b\nx,\xe4\nc,d\n")},
		"a byte without a meaning":       {Windows1252, []byte("a,b\nx,\x81\nc,d\n")},
		"half a surrogate pair":          {UTF16LE, append(append(inUTF16("a,b\nx,", false, true), 0x00, 0xd8), inUTF16("\nc,d\n", false, false)...)},
		"the second half alone":          {UTF16BE, append(append(inUTF16("a,b\nx,", true, true), 0xdc, 0x00), inUTF16("\nc,d\n", true, false)...)},
		"an overlong form":               {UTF8, []byte("a,b\nx,\xc0\xaf\nc,d\n")},
		"a surrogate in UTF-8":           {UTF8, []byte("a,b\nx,\xed\xa0\x80\nc,d\n")},
		"half a character cut at an end": {UTF8, []byte("a,b\nx,\xe2\x82\nc,d\n")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := NewScanner(c.e.reader(bytes.NewReader(c.text)), ',')
			var problems []Reason
			for s.Scan() {
				problems = append(problems, s.Record().Problem)
			}
			if diff := cmp.Diff([]Reason{"", NotInEncoding, ""}, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOddBytesAtTheEndAreRefused(t *testing.T) {
	s := NewScanner(UTF16LE.reader(bytes.NewReader(append(inUTF16("a,b\nc,d", false, true), 'x'))), ',')
	var last Record
	for s.Scan() {
		last = s.Record()
	}
	if last.Problem != NotInEncoding {
		t.Errorf("got %s", told(last))
	}
}

func TestOtherFilesAreRecognisedByTheirContent(t *testing.T) {
	cases := map[string]struct{ head, code, kind string }{
		"a PDF":             {"%PDF-1.7\n", "file_is_other", "a PDF document"},
		"a PNG":             {"\x89PNG\r\n\x1a\n", "file_is_other", "a picture"},
		"an archive":        {"PK\x03\x04\x14\x00", "file_is_other", "a spreadsheet or an archive"},
		"a gzip":            {"\x1f\x8b\x08\x00", "file_is_other", "a compressed file"},
		"an old XLS":        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_is_other", "an old spreadsheet (XLS)"},
		"a web page":        {"\n<!DOCTYPE html><p>", "file_is_other", "a web page"},
		"JSON":              {"[{\"email\":1}]", "file_is_other", "a JSON document that is not one object a line"},
		"a bzip2":           {"BZh91AY&SY", "file_is_other", "a compressed file"},
		"a name like bzip2": {"BZhang,Rar!,GIF8,PAR1\n", "", ""},
		"nothing":           {"", "file_empty", ""},
		"white space":       {" \n\r\n", "file_empty", ""},
		"only a mark":       {"\ufeff", "file_empty", ""},
		"only a wide mark":  {"\xff\xfe", "file_empty", ""},
		"a CSV":             {"email,name\n", "", ""},
		"a CSV in UTF-16":   {"\xff\xfee\x00", "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := Recognise("a.csv", []byte(c.head))
			if c.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			f, ok := fault.As(err)
			if !ok || f.Code != c.code || c.kind != "" && f.Values["kind"] != c.kind {
				t.Errorf("got %v", err)
			}
		})
	}
}
