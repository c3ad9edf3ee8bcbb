package campaign

import (
	"errors"
	"testing"
	"time"

	"forthwith/internal/canon"
	"forthwith/internal/intake"
	"forthwith/internal/notice"
	"forthwith/internal/vault"
)

// panicking is a press whose one text fails for everybody.
func panicking(t *testing.T) *Press {
	t.Helper()
	master, err := vault.ParseMaster(vault.GenerateMaster())
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := vault.GenerateInstallation(master)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := vault.OpenInstallation(master, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := vault.GenerateIncident(master, 1)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.OpenIncident(master, 1, ours)
	if err != nil {
		t.Fatal(err)
	}
	return &Press{campaign: 1, defaultLocale: "en", sources: []notice.Source{{Locale: "en"}}, texts: []*notice.Text{nil}, hashes: []canon.Hash{{}}, keys: keys, codes: codes}
}

func TestWhoseNoticeCannotBeMadeIsCounted(t *testing.T) {
	p := panicking(t)
	cases := map[string]struct {
		person intake.Person
		code   string
	}{
		"what is stored cannot be opened": {intake.Person{Broken: errors.New("bad seal")}, "people_not_readable"},
		"a panic while it is made":        {intake.Person{}, "people_break_text"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found, codes := newFindings(), map[vault.Index]bool{}
			for seq := range int64(2) {
				e, err := p.try(seq, c.person, time.Now(), found)
				if err != nil {
					t.Fatal(err)
				}
				codes[e.Code] = true
			}
			if all := found.list(); len(all) != 1 || all[0].Code != c.code || all[0].People != 2 || len(codes) != 2 {
				t.Errorf("%+v with %d codes", all, len(codes))
			}
		})
	}
}
