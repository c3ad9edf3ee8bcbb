package views

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed layout.html components/*.html screens/*.html
var files embed.FS

// screens holds each screen with the layout and the components around it. A
// process that shows none does not pay for them.
var screens = sync.OnceValue(parse)

// Load reads the screens before the first is asked for.
func Load() { screens() }

// parse panics on a broken template: it is part of the program, and every test
// of a page loads it.
func parse() map[string]*template.Template {
	base := template.New("").Option("missingkey=error").Funcs(functions)
	template.Must(base.ParseFS(files, "layout.html", "components/*.html"))
	names, err := fs.Glob(files, "screens/*.html")
	if err != nil {
		panic(err)
	}
	all := map[string]*template.Template{}
	for _, name := range names {
		t := template.Must(template.Must(base.Clone()).ParseFS(files, name))
		all[strings.TrimSuffix(path.Base(name), ".html")] = t
	}
	return all
}

// Write renders a screen whole before the first byte goes out, so that a
// failure is never half a page.
func Write(w io.Writer, screen string, p Page) error {
	return write(w, screen, "layout", p)
}

// Part renders one named piece of a screen, for a page that is there already.
func Part(w io.Writer, screen, part string, p Page) error {
	return write(w, screen, part, p)
}

func write(w io.Writer, screen, name string, p Page) error {
	t, ok := screens()[screen]
	if !ok {
		return fmt.Errorf("render: no screen %s", screen)
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, p); err != nil {
		return fmt.Errorf("render %s: %w", screen, err)
	}
	_, err := w.Write(out.Bytes())
	return err
}
