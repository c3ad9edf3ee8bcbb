package id

type (
	userKind         struct{}
	tokenKind        struct{}
	incidentKind     struct{}
	listKind         struct{}
	recipientKind    struct{}
	cohortKind       struct{}
	exclusionKind    struct{}
	poolKind         struct{}
	noticeKind       struct{}
	versionKind      struct{}
	senderKind       struct{}
	dkimKeyKind      struct{}
	relayKind        struct{}
	campaignKind     struct{}
	amendmentKind    struct{}
	deliveryKind     struct{}
	exportKind       struct{}
	relayRevisonKind struct{}
	sessionKind      struct{}
	testSendKind     struct{}
	alertKind        struct{}
	suppressionKind  struct{}
	gateKind         struct{}
	commentKind      struct{}

	suppressionFileKind struct{}
	ruleSetKind         struct{}
)

func (userKind) prefix() string         { return "usr" }
func (tokenKind) prefix() string        { return "tok" }
func (incidentKind) prefix() string     { return "inc" }
func (listKind) prefix() string         { return "lst" }
func (recipientKind) prefix() string    { return "rcp" }
func (cohortKind) prefix() string       { return "coh" }
func (exclusionKind) prefix() string    { return "exc" }
func (gateKind) prefix() string         { return "gat" }
func (poolKind) prefix() string         { return "pool" }
func (noticeKind) prefix() string       { return "ntc" }
func (versionKind) prefix() string      { return "ver" }
func (commentKind) prefix() string      { return "cmt" }
func (senderKind) prefix() string       { return "snd" }
func (dkimKeyKind) prefix() string      { return "key" }
func (relayKind) prefix() string        { return "rel" }
func (campaignKind) prefix() string     { return "cmp" }
func (amendmentKind) prefix() string    { return "amd" }
func (alertKind) prefix() string        { return "alr" }
func (deliveryKind) prefix() string     { return "dlv" }
func (exportKind) prefix() string       { return "exp" }
func (relayRevisonKind) prefix() string { return "rrv" }
func (sessionKind) prefix() string      { return "ses" }
func (suppressionKind) prefix() string  { return "sup" }
func (testSendKind) prefix() string     { return "tst" }

func (suppressionFileKind) prefix() string { return "spf" }
func (ruleSetKind) prefix() string         { return "rul" }

// The kinds of id. Recipient and Delivery are numbered within their incident
// and campaign.
type (
	User          = Of[userKind]
	Token         = Of[tokenKind]
	Incident      = Of[incidentKind]
	List          = Of[listKind]
	Recipient     = Pair[recipientKind]
	Cohort        = Of[cohortKind]
	Exclusion     = Of[exclusionKind]
	Gate          = Of[gateKind]
	Pool          = Of[poolKind]
	Notice        = Of[noticeKind]
	Version       = Of[versionKind]
	Comment       = Of[commentKind]
	Sender        = Of[senderKind]
	DKIMKey       = Of[dkimKeyKind]
	Relay         = Of[relayKind]
	RelayRevision = Of[relayRevisonKind]
	Campaign      = Of[campaignKind]
	Amendment     = Of[amendmentKind]
	Delivery      = Pair[deliveryKind]
	Export        = Of[exportKind]
	Session       = Of[sessionKind]
	TestSend      = Of[testSendKind]
	Alert         = Of[alertKind]
	Suppression   = Of[suppressionKind]

	SuppressionFile = Of[suppressionFileKind]
	RuleSet         = Of[ruleSetKind]
)

// Each reads the API's form of its kind.
var (
	ParseUser      = Parse[userKind]
	ParseToken     = Parse[tokenKind]
	ParseIncident  = Parse[incidentKind]
	ParseList      = Parse[listKind]
	ParseRecipient = ParsePair[recipientKind]
	ParseCohort    = Parse[cohortKind]
	ParseExclusion = Parse[exclusionKind]
	ParseGate      = Parse[gateKind]
	ParsePool      = Parse[poolKind]
	ParseNotice    = Parse[noticeKind]
	ParseVersion   = Parse[versionKind]
	ParseComment   = Parse[commentKind]
	ParseSender    = Parse[senderKind]
	ParseDKIMKey   = Parse[dkimKeyKind]
	ParseRelay     = Parse[relayKind]
	ParseAmendment = Parse[amendmentKind]
	ParseCampaign  = Parse[campaignKind]
	ParseDelivery  = ParsePair[deliveryKind]
	DeliveryAt     = AtPlace[deliveryKind]
	ParseExport    = Parse[exportKind]
	ParseSession   = Parse[sessionKind]
	ParseTestSend  = Parse[testSendKind]
	ParseAlert     = Parse[alertKind]

	ParseSuppression     = Parse[suppressionKind]
	ParseSuppressionFile = Parse[suppressionFileKind]
	ParseRuleSet         = Parse[ruleSetKind]
)
