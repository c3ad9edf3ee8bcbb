package regime

// Origin is the rule that a result comes from, and how far it is to be
// trusted. Citation is the narrowest one known; LowConfidence names those
// fields, dotted below the regime, that the result rests on and that the
// research is unsure of.
type Origin struct {
	Regime        string
	Name          string
	Jurisdiction  string // ISO 3166-1, 3166-2, or EU
	Sector        bool   // for some trades only
	Citation      string
	AsOf          string // the date up to which it was checked
	Confidence    Confidence
	LowConfidence []string
	Sources       []Source
	Note          string
}

// Source is where the research read a rule.
type Source struct{ ID, Title, URL string }

// Term is an event, a condition or a profile as forms offer it.
type Term struct{ ID, Description string }

// Deadline is a limit as the rule sets it. Value, Unit and From are empty where
// its kind has none.
type Deadline struct {
	Kind  DeadlineKind
	Value int
	Unit  Unit
	From  string // the event
	Soft  bool   // guidance of an authority, not a rule
	Text  string
}

// Threshold is a number of people from which a duty begins. Its zero value is
// no threshold.
type Threshold struct {
	Op    Op
	Count int
	Basis Basis
}

// rule is one regime of the file.
type rule struct {
	Origin
	aliases    []string
	residency  []string
	profiles   []string
	status     Force
	from       string
	low        []string
	individual individual
	regulators []regulator
	agencies   press
	media      press
	milestones []milestone
	content    content
	monitoring monitoring
	email      email
	substitute substitute
}

type individual struct {
	required      bool
	condition     string
	harmException Answer
	deadline      Deadline
	delay         Answer
}

type regulator struct {
	id           string // of the duty, below the regime
	to, toID     string
	threshold    Threshold
	deadline     Deadline
	also         []Deadline
	when         []string
	templateCopy Answer
	citation     string
	note         string
}

type press struct {
	required  bool
	threshold Threshold
	deadline  Deadline
	note      string
}

type milestone struct {
	id       string
	deadline Deadline
	note     string
}

type content struct {
	title      string
	headings   []string
	required   []string
	requiredIf []requiredIf
	prohibited []string
	format     format
}

type requiredIf struct{ all, any, ids []string }

type format struct {
	minFont      int
	plain, clear Answer
}

type monitoring struct {
	required         bool
	months           int
	whenAll, whenAny []string
	kind, note       string
}

type email struct {
	primary      string
	restrictions []string
	note         string
}

type substitute struct {
	available    bool
	costOver     int
	currency     string
	classOver    int
	insufficient Answer
	minMissing   int
	methods      []string
	rule         string
	websiteDays  int
	tollfreeDays int
	alternative  string
	note         string
}
