// Package static is what the browser gets beside pages: style, script, font and
// icon, built by make web and committed, so that go build needs no Node.
package static

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
)

//go:embed files
var files embed.FS

// File is one of the files, with its form for browsers that take gzip (nil
// where there is none).
type File struct {
	Type    string
	Body    []byte
	Gzipped []byte
}

var types = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
}

// Files holds every file by its name. Tag names the state of all of them: an
// address that carries it never changes its content.
var Files, Tag = load()

// load panics on a broken folder: it is part of the program.
func load() (map[string]File, string) {
	all, sum := map[string]File{}, sha256.New()
	entries, err := fs.ReadDir(files, "files")
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		body := read(e.Name())
		sum.Write(body)
		if kind, served := types[path.Ext(e.Name())]; served {
			f := File{Type: kind, Body: body}
			if _, err := fs.Stat(files, "files/"+e.Name()+".gz"); err == nil {
				f.Gzipped = read(e.Name() + ".gz")
			}
			all[e.Name()] = f
		}
	}
	return all, hex.EncodeToString(sum.Sum(nil))[:12]
}

func read(name string) []byte {
	body, err := files.ReadFile("files/" + name)
	if err != nil {
		panic(err)
	}
	return body
}
