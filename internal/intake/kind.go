package intake

import (
	"bytes"

	"forthwith/internal/fault"
)

// magic are the beginnings of files that people pick by mistake.
var magic = []struct{ kind, start string }{
	{"a PDF document", "%PDF-"},
	{"a picture", "\x89PNG\r\n"}, {"a picture", "\xff\xd8\xff"}, {"a picture", "GIF87a"}, {"a picture", "GIF89a"}, {"a picture", "BM\x00"},
	{"a picture", "II*\x00"}, {"a picture", "MM\x00*"},
	{"a spreadsheet or an archive", "PK\x03\x04"}, {"a spreadsheet or an archive", "PK\x05\x06"},
	{"an old spreadsheet (XLS)", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
	{"a compressed file", "\x1f\x8b"}, {"a compressed file", "\xfd7zXZ\x00"}, // gzip is unpacked before: this is what was packed twice
	{"a compressed file", "7z\xbc\xaf"}, {"a compressed file", "Rar!\x1a\x07"}, {"a compressed file", "\x28\xb5\x2f\xfd"},
	{"a program", "\x7fELF"}, {"a program", "MZ\x90"}, {"a text document", "{\\rtf"},
	{"a database file", "SQLite format 3\x00"}, {"a data file", "PAR1\x15"},
}

// markup are the beginnings of texts that are no tables, in lower case.
var markup = []struct{ kind, start string }{
	{"a web page", "<!doctype html"}, {"a web page", "<html"}, {"an XML document", "<?xml"}, {"a picture", "<svg"},
	{"a JSON document that is not one object a line", "[{"}, {"a JSON document that is not one object a line", "[\n"},
}

// Recognise refuses a file whose content is no list, whatever its
// name says: it looks at the first bytes, unpacked. The name is used in the sentence
// only. An empty file, or one of white space only, is refused too.
func Recognise(name string, head []byte) error {
	text := trimmed(head)
	if len(text) == 0 || len(head) <= 2 && isUTF16Mark(head) {
		return fault.New(fault.Invalid, "file_empty", fault.Values{"file": name})
	}
	if isLocked(head) {
		return fault.New(fault.Unsupported, "file_locked", fault.Values{"file": name})
	}
	kind := otherKind(head, text)
	if kind == "" {
		return nil
	}
	return fault.New(fault.Unsupported, "file_is_other", fault.Values{"file": name, "kind": kind})
}

func otherKind(head, text []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(head, []byte(m.start)) {
			return m.kind
		}
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP" || len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return "a picture"
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return "an archive"
	}
	if len(head) >= 10 && string(head[:3]) == "BZh" && string(head[4:10]) == "1AY&SY" {
		return "a compressed file"
	}
	if is, _ := opensObject(text); is && !startsWithObject(text) {
		return "a JSON document that is not one object a line"
	}
	low := bytes.ToLower(text[:min(len(text), 16)])
	for _, m := range markup {
		if bytes.HasPrefix(low, []byte(m.start)) {
			return m.kind
		}
	}
	return ""
}

// trimmed leaves out a mark and the white space before the first character.
func trimmed(head []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
}

func isUTF16Mark(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}
