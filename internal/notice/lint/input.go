package lint

// Input is everything that a lint looks at. The same input gives the same
// findings, in the same order.
type Input struct {
	Texts      []Text            // in the notice's order
	Places     []Place           // the people who are there, by place and language
	Laws       map[string][]Law  // the rules of each jurisdiction of Places, sector rules included
	Items      []Item            // the catalogue that Laws speak of
	Contacts   []Contact         // agencies that texts name
	Conditions []string          // facts of the incident that switch rules on
	DataTypes  []string          // kinds of data involved, as the facts name them
	Facts      map[string]string // values that are the same for everybody, by field, as they were written
	Months     int               // of free monitoring on offer; 0: none, or not known
	Hosts      []string          // approved for links of the sender
	Mailboxes  []string          // domains of mailboxes that the breach reached
	Sensitive  []string          // fields whose value must stay out of a subject
	Ticked     []string          // keys of findings that a person answered, which are notes
	Passed     bool              // also give what was looked for and found
}

// Text is one variant, written and compiled.
type Text struct {
	Locale        string
	Jurisdictions []string
	Subject       string
	Body          string            // Markdown with merge fields
	HTML          string            // compiled; may be empty, and is then not looked at
	Facts         map[string]string // that its language tells otherwise than Input does, by field
	Foreign       []string          // fields that tell something in another language than the text's
}

// NoText stands for the text of people whom none fits.
const NoText = -1

// Place is a group of people: where they live, what they read, and which text
// they get.
type Place struct {
	Jurisdictions []string
	Locale        string
	Text          int // index into Texts, or NoText
	People        int64
	Consenting    int64 // of them agreed to notices by e-mail
	AtMailboxes   int64 // of them have their address at one of Mailboxes
}

// Law is the content rule of one regime. Its words are those of the data; what
// is empty is not asked for.
type Law struct {
	ID, Name                   string
	Citation, AsOf, Confidence string
	Doubts                     []string // dotted fields of the data that the research is unsure of
	Title                      string
	Headings                   []string
	Required                   []string // ids of items
	RequiredIf                 []RequiredIf
	Prohibited                 []string
	MinPoints                  float64
	PlainLanguage              bool
	Monitoring                 Monitoring
	Email                      Email
}

// RequiredIf asks for items when all conditions of All hold and, if there are
// any, one of Any. The condition known means: if the fact exists.
type RequiredIf struct{ All, Any, IDs []string }

// Monitoring is a duty to offer credit monitoring or the like.
type Monitoring struct {
	Required bool
	Months   int
	All, Any []string
	Note     string
}

// Email says in what case e-mail is a lawful way to tell people.
type Email struct {
	Primary      string
	Restrictions []string
	Note         string
}

// Item is something that a notice says, and how it is found. Check is auto,
// partial or manual: how far code can decide.
type Item struct {
	ID, Description            string
	Fields, Headings, Keywords []string
	Check                      string
}

// Contact is an agency: found by its domains first, then by telephone numbers.
type Contact struct {
	ID, Name, Jurisdiction string
	Domains, Phones        []string
}

// conditionEmail holds for every notice of ours.
const conditionEmail = "email_is_channel"

// conditionKnown means: only if the fact is known when the notice is given.
const conditionKnown = "known"
