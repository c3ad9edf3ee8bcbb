package web

import "forthwith/internal/fault"

// codeField is what a page that asks for a second factor shows beside it.
type codeField struct {
	Counts bool // one was given within the last five minutes
	Sample sampleCode
}

func (v *visit) codeField() (codeField, error) {
	s, err := v.sampleCode()
	return codeField{Counts: v.who.Actor.SteppedUp, Sample: s}, err
}

// deciding runs a decision that needs a second factor: what the page itself
// asks for is looked at first, so that a code is not used up by a slip.
func (v *visit) deciding(check func() error, decide func() error) error {
	if err := check(); err != nil {
		return err
	}
	if err := v.stepUp(); err != nil {
		return err
	}
	return decide()
}

// needs refuses an empty field of a page.
func (v *visit) needs(name string) error {
	if v.field(name) == "" {
		return fault.Wrong(name, "field_missing", fault.Values{"name": name})
	}
	return nil
}
