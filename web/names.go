package web

import (
	"strings"

	"forthwith/internal/id"
	"forthwith/internal/phrase"
)

// staffNames are the names of everybody who works here, by who they are.
type staffNames map[id.User]string

// people reads the names once a visit.
func (v *visit) people() (staffNames, error) {
	if v.names != nil {
		return v.names, nil
	}
	names, err := v.Overview.Staff(v.UserContext(), v.actor())
	v.names = names
	return v.names, err
}

// of gives the name of one, and says "you" to the reader.
func (n staffNames) of(no id.User) string {
	if name, ok := n[no]; ok {
		return name
	}
	return phrase.Say("somebody", nil)
}

// list names several.
func (n staffNames) list(all []id.User) string {
	names := make([]string, len(all))
	for i, no := range all {
		names[i] = n.of(no)
	}
	return strings.Join(names, ", ")
}

// actor names what the record calls usr_1, usr_1/tok_4, a worker or system.
func (n staffNames) actor(text string) string {
	user, _, _ := strings.Cut(text, "/")
	if no, err := id.ParseUser(user); err == nil {
		return n.of(no)
	}
	return phrase.Say("the_program", nil)
}
