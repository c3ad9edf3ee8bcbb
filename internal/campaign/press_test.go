package campaign

import (
	"errors"
	"testing"
	"time"

	"forthwith/internal/intake"
)

func TestWhoseNoticeCannotBeMadeIsCounted(t *testing.T) {
	cases := map[string]struct {
		person intake.Person
		code   string
	}{
		"what is stored cannot be opened": {intake.Person{Broken: errors.New("bad seal")}, "people_not_readable"},
		"a panic while it is made":        {intake.Person{}, "people_break_text"}, // a press without keys
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found := newFindings()
			for seq := range int64(2) {
				if e, err := new(Press).try(seq, c.person, time.Now(), found); err != nil || e.Variant != -1 {
					t.Fatalf("%+v, %v", e, err)
				}
			}
			if all := found.list(); len(all) != 1 || all[0].Code != c.code || all[0].People != 2 {
				t.Errorf("%+v", all)
			}
		})
	}
}
