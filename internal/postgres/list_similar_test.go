package postgres_test

import (
	"context"
	"fmt"
	"testing"
)

// More people than a row holds have one key: tags of one mailbox.
func TestAnyNumberOfPeopleMayBeAlike(t *testing.T) {
	d := newDesk(t)
	file := header + "ben@example.com,Ben,NY,de,,,,,,\n"
	for i := range 1100 {
		file += fmt.Sprintf("ana+%d@example.com,Ana,CA,en,,,,,,\n", i)
	}
	d.imported(t, d.incident, file, fullMapping)
	flags, err := d.cohorts().Flagged(context.Background(), d.ops, d.incident)
	if err != nil || flags["similar_address"] != 1100 {
		t.Errorf("flags are %v, %v, want 1100", flags, err)
	}
	d.imported(t, d.incident, header+"ben+x@example.com,Ben,NY,de,,,,,,\n", fullMapping)
	if flags, err = d.cohorts().Flagged(context.Background(), d.ops, d.incident); err != nil || flags["similar_address"] != 1102 {
		t.Errorf("flags are %v, %v, want 1102 after another list", flags, err)
	}
}
