package regime

// Confidence says how sure the research is of a rule.
type Confidence string

// The grades of confidence.
const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
)

// Answer is a yes or no that a rule may leave open.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unclear Answer = "unclear" // the rule does not say, or nobody knows
)

// DeadlineKind says what sort of limit a rule sets.
type DeadlineKind string

// The kinds of limit.
const (
	Fixed          DeadlineKind = "fixed"
	NoFixedLimit   DeadlineKind = "no_fixed_limit"
	NotLaterThan   DeadlineKind = "not_later_than_individual_notice"
	BeforeNotice   DeadlineKind = "before_individual_notice"
	Annual         DeadlineKind = "annual"
	NoneByThisRule DeadlineKind = "none"
)

// Words of the file that the code knows by name.
const (
	yearEnd        = "calendar_year_end"
	noticeSent     = "individual_notice_sent"
	discovery      = "discovery"
	awareness      = "awareness"
	determination  = "determination"
	confirmation   = "confirmation"
	known          = "known"
	lawEnforcement = "law_enforcement_delay"
	byRule         = "rule"
	byGuidance     = "guidance"
)

// Unit is what a deadline is counted in.
type Unit string

// The units.
const (
	Hours        Unit = "hours"
	CalendarDays Unit = "calendar_days"
	BusinessDays Unit = "business_days"
	Months       Unit = "months"
)

// Op compares a count with a threshold.
type Op string

// The comparisons. Over 500 and 500 or more are two different rules.
const (
	Over    Op = "gt"
	AtLeast Op = "gte"
	Below   Op = "lt"
)

// Basis says which people a threshold counts.
type Basis string

// The bases. AtOnce is "persons notified at one time", read as everybody.
const (
	Residents Basis = "residents"
	Total     Basis = "individuals_total"
	AtOnce    Basis = "individuals_notified_at_once"
)

// DutyKind says who is to be told, or that no one is.
type DutyKind string

// The kinds of duty.
const (
	IndividualNotice DutyKind = "individual_notice"
	RegulatorNotice  DutyKind = "regulator"
	AgencyNotice     DutyKind = "cra_notice" // consumer reporting agencies
	MediaNotice      DutyKind = "media_notice"
	Milestone        DutyKind = "milestone"
)

// Standing says what the facts and counts tell of a duty. None of them says
// that nothing is due: that is for people to decide.
type Standing string

// The standings.
const (
	ForJudgement Standing = "for_judgement" // the rule is in play; whether its condition is met is judged by people
	Reached      Standing = "reached"       // the counts reach the threshold
	NotReached   Standing = "not_reached"   // the counts as they are do not reach it
	Unsettled    Standing = "unsettled"     // people whose place is not known could tip it
	Unrecorded   Standing = "unrecorded"    // it hangs on conditions that are not recorded
	Checklist    Standing = "checklist"     // no count drives it
	NotByThis    Standing = "not_by_this_rule"
)

// ClockState says whether a deadline has a date.
type ClockState string

// The states of a clock.
const (
	Running    ClockState = "running"
	NotStarted ClockState = "not_started"    // the event it runs from has no date
	WithNotice ClockState = "with_notice"    // hangs on the notice, which has no date yet
	NoLimit    ClockState = "no_fixed_limit" // without unreasonable delay, or in such words
	NoClock    ClockState = "none"
)

// Ground says what the due moment of a clock stands on.
type Ground string

// The grounds.
const (
	OnEvent Ground = "event"   // a dated fact
	OnPlan  Ground = "planned" // the notice as it is planned
	OnLimit Ground = "limit"   // the last moment for the notice itself
)

// Warning is something to show beside a date.
type Warning string

// The warnings.
const (
	DayOff          Warning = "day_off"           // the last day is no working day; no rule moves it
	StartOfDay      Warning = "start_of_day"      // the event has no time of day: counted from its first moment
	PlainWeek       Warning = "plain_week"        // working days or holidays were not set: Monday to Friday, no holidays
	NoZone          Warning = "no_zone"           // no time zone was set: UTC
	DelayNotAllowed Warning = "delay_not_allowed" // a delay is recorded that this duty is not known to allow
)

// Force says whether a rule was in force on the day that was asked about.
type Force string

// The forces.
const (
	InForce  Force = "in_force"
	Coming   Force = "future"
	Repealed Force = "repealed"
)

// Need says what a notice must do about an item.
type Need string

// The needs, from the strongest.
const (
	Prohibited Need = "prohibited"
	Required   Need = "required"
	IfKnown    Need = "if_known" // required once the fact is known: ask
)

// Trigger is a reason to think of substitute notice.
type Trigger string

// The triggers.
const (
	ClassOver           Trigger = "class_over"
	InsufficientContact Trigger = "insufficient_contact"
)

// ByEmail is the condition that a notice is sent by e-mail.
const ByEmail = "email_is_channel"
