package spreadsheet

// workbook is one that was opened, in the child.
type workbook struct {
	*catalogue
	parts   *parts
	texts   *texts // read before the first row of a sheet
	formats []*format
	scratch []byte
}

// openWorkbook reads what a file says of itself. alive is called every now and
// then while something is unpacked.
func openWorkbook(c *content, alive func()) (*workbook, error) {
	p, err := openParts(c, alive)
	if err != nil {
		return nil, err
	}
	about, err := p.catalogue()
	if err != nil {
		return nil, err
	}
	return &workbook{catalogue: about, parts: p}, nil
}

// prepare reads what all sheets share.
func (w *workbook) prepare() error {
	if w.texts != nil {
		return nil
	}
	var err error
	if w.formats, err = w.parts.readStyles(w.looksAt); err != nil {
		return err
	}
	w.texts, err = w.parts.readTexts(w.textsAt)
	return err
}
