package mailaddr

// Refusal is the rule that a cell breaks, as a code of the catalogue.
type Refusal string

// The rules.
const (
	Empty        Refusal = "address_empty"
	NotUTF8      Refusal = "address_not_utf8"
	Control      Refusal = "address_control"
	Hidden       Refusal = "address_hidden"
	Named        Refusal = "address_named"
	Comment      Refusal = "address_comment"
	Quoted       Refusal = "address_quoted"
	Group        Refusal = "address_group"
	Route        Refusal = "address_route"
	Literal      Refusal = "address_literal"
	Several      Refusal = "address_several"
	NoAt         Refusal = "address_no_at"
	NoLocal      Refusal = "address_no_local"
	LocalTooLong Refusal = "address_local_too_long"
	LocalDots    Refusal = "address_local_dots"
	LocalChar    Refusal = "address_local_character"
	NoDomain     Refusal = "address_no_domain"
	Domain       Refusal = "address_domain"
	Hyphen       Refusal = "address_hyphen"
	Localhost    Refusal = "address_localhost"
	Numeric      Refusal = "address_numeric"
	TooLong      Refusal = "address_too_long"
)

// Refusals lists every rule, for the catalogue's test.
func Refusals() []Refusal {
	return []Refusal{
		Empty, NotUTF8, Control, Hidden, Named, Comment, Quoted, Group, Route, Literal, Several, NoAt,
		NoLocal, LocalTooLong, LocalDots, LocalChar, NoDomain, Domain, Hyphen, Localhost, Numeric, TooLong,
	}
}

// Error names the rule and nothing of the cell.
func (r Refusal) Error() string { return "parse address: " + string(r) }
