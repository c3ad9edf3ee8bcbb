package dkim

// width is how long a line of a header should be at most (RFC 5322 section
// 2.1.1).
const width = 76

// folder writes a header's value and folds it where a line gets long.
type folder struct {
	out    []byte
	column int
}

// words writes words with a space before each, or a fold.
func (w *folder) words(words ...string) {
	for _, word := range words {
		if w.column+1+len(word) > width {
			w.fold()
		} else {
			w.put(" ")
		}
		w.put(word)
	}
}

// list writes one word that may be folded behind each of its colons.
func (w *folder) list(tag string, names []string) {
	for i, name := range names {
		end := ":"
		if i == len(names)-1 {
			end = ";"
		}
		switch {
		case i == 0:
			w.words(tag + name + end)
			continue
		case w.column+len(name)+len(end) > width:
			w.fold()
		}
		w.put(name)
		w.put(end)
	}
}

// run writes what may be folded anywhere.
func (w *folder) run(text string) {
	for len(text) > 0 {
		if w.column >= width {
			w.fold()
		}
		n := min(width-w.column, len(text))
		w.put(text[:n])
		text = text[n:]
	}
}

func (w *folder) put(text string) {
	w.out = append(w.out, text...)
	w.column += len(text)
}

func (w *folder) fold() {
	w.out = append(w.out, "\r\n "...)
	w.column = 1
}
