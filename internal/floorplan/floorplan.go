// Package floorplan holds the building's plan as data: which package stands on
// which floor, and which library belongs to whom. Its test reads every import
// of the module and fails on one that runs up or sideways.
package floorplan

// Floor says how high a package stands. Imports go down only.
type Floor int

// The floors. Ground imports nothing of ours, words import the ground only.
const (
	Ground Floor = iota
	Words
	Keys
	Records
	Campaigns
	Deliveries
	Findings
	Adapters
	Edges
	Wiring
)

// Floors places each package (by its path inside the module).
var Floors = map[string]Floor{
	"internal/fault":    Ground,
	"internal/filter":   Ground,
	"internal/id":       Ground,
	"internal/logkey":   Ground,
	"internal/phrase":   Ground,
	"internal/canon":    Ground,
	"internal/spelling": Ground,

	"internal/access":   Words,
	"internal/mailaddr": Words,
	"internal/outcome":  Words,
	"internal/reason":   Words,
	"internal/regime":   Words,
	"internal/task":     Words,
	"internal/config":   Words,
	"templates":         Words,
	"migrations":        Words,

	"internal/dkim":   Keys,
	"internal/vault":  Keys,
	"internal/ledger": Keys,

	"internal/incident":    Records,
	"internal/intake":      Records,
	"internal/codes":       Records,
	"internal/cohort":      Records,
	"internal/notice":      Records,
	"internal/notice/lint": Words,
	"internal/relay":       Records,
	"internal/sender":      Records,
	"internal/suppression": Records,
	"internal/identity":    Records,

	"internal/campaign": Campaigns,
	"internal/delivery": Deliveries,

	"internal/evidence":   Findings,
	"internal/genuine":    Findings,
	"internal/obligation": Findings,
	"internal/overview":   Findings,
	"internal/watch":      Findings,

	"internal/postgres":    Adapters,
	"internal/queue":       Adapters,
	"internal/redislimit":  Adapters,
	"internal/letter":      Adapters,
	"internal/smtpclient":  Adapters,
	"internal/bounce":      Adapters,
	"internal/mailbox":     Adapters,
	"internal/inbox":       Adapters,
	"internal/spreadsheet": Adapters,
	"internal/pdf":         Adapters,
	"internal/dns":         Adapters,
	"internal/sso":         Adapters,
	"internal/httpguard":   Adapters,
	"internal/localstack":  Adapters,
	"web/views":            Adapters,
	"web/static":           Adapters,

	"api":        Edges,
	"web/public": Edges,
	"web":        Edges,
	"worker":     Edges,

	"cmd/forthwith":   Wiring,
	"internal/sample": Wiring,
	"internal/stage":  Wiring,
	"internal/faults": Wiring,
	"web/e2e":         Wiring,
	"bench":           Wiring,
}

// Helpers are packages that serve tests or the build of one floor and may
// import whatever the package above them may.
var Helpers = map[string]string{
	"internal/postgres/pgtest":      "internal/postgres",
	"internal/smtpclient/relaytest": "internal/smtpclient",
	"internal/spreadsheet/booktest": "internal/spreadsheet",
	"internal/localstack/with":      "cmd/forthwith",
	"internal/dns/dnstest":          "internal/dns",
	"internal/floorplan":            "internal/fault",
}

// Wired says which packages of the wiring floor may import which others of it.
var Wired = map[string][]string{
	"cmd/forthwith":   {"internal/sample"},
	"internal/stage":  {"internal/sample"},
	"internal/faults": {"internal/sample", "internal/stage"},
	"bench":           {"internal/sample", "internal/stage"},
}

// Owners names, for each library that matters, the packages that may import
// it. The longest matching prefix counts.
var Owners = map[string][]string{
	"gorm.io/":                             {"internal/postgres"},
	"github.com/jackc/pgx/":                {"internal/postgres", "internal/localstack"},
	"github.com/pressly/goose/":            {"internal/postgres"},
	"github.com/gofiber/":                  {"api", "web", "web/public", "internal/httpguard"},
	"github.com/valyala/fasthttp":          {"api", "web", "internal/httpguard"},
	"github.com/hibiken/asynq":             {"internal/queue", "worker"},
	"github.com/redis/go-redis/":           {"internal/queue", "internal/redislimit"},
	"github.com/wneessen/go-mail":          {"internal/letter", "internal/smtpclient"},
	"github.com/tink-crypto/":              {"internal/vault"},
	"golang.org/x/mod/sumdb/":              {"internal/ledger"},
	"github.com/transparency-dev/formats/": {"internal/ledger"},
	"github.com/arran4/golang-ical":        {"internal/obligation", "api"}, // api: its test reads what it wrote
	"github.com/yuin/goldmark":             {"internal/notice"},
	"github.com/vanng822/go-premailer/":    {"internal/notice"},
	"github.com/sergi/go-diff/":            {"internal/notice"},
	"github.com/alexedwards/argon2id":      {"internal/identity"},
	"github.com/pquerna/otp":               {"internal/identity"},
	"github.com/boombuler/barcode":         {"web"},
	"github.com/chromedp/":                 {"web/e2e"},
	"github.com/emersion/go-smtp":          {"internal/inbox", "internal/mailbox", "internal/smtpclient/relaytest"},
	"github.com/alecthomas/kong":           {"cmd/forthwith"},
	"github.com/prometheus/client_golang/": {"cmd/forthwith"},
	"github.com/alicebob/miniredis/":       {"internal/localstack"},
	"github.com/gowebpki/jcs":              {"internal/canon"},
	"github.com/google/uuid":               {"internal/vault", "internal/ledger"},
	"github.com/miekg/dns":                 {"internal/dns", "internal/dns/dnstest"},
	"golang.org/x/time/rate":               {"internal/dns"},
	"blitiri.com.ar/go/spf":                {"internal/dns"},
	"golang.org/x/net/publicsuffix":        {"internal/sender"},
	"golang.org/x/net/idna":                {"internal/mailaddr"},
	"golang.org/x/text/language":           {"internal/phrase", "internal/intake", "internal/notice"},
	"golang.org/x/text/message":            {"internal/phrase"},
	"golang.org/x/text/number":             {"internal/phrase"},
	"golang.org/x/net/html":                {"web/e2e", "internal/notice/lint"},
	"golang.org/x/text/encoding":           {"internal/intake"},
	"golang.org/x/text/transform":          {"internal/intake"},
	"golang.org/x/sync/":                   {"*"},
	"golang.org/x/sys/":                    {"internal/spreadsheet", "internal/postgres"},
	"codeberg.org/go-pdf/fpdf":             {"internal/pdf"},
	"codeberg.org/go-fonts/dejavu/":        {"internal/pdf"},
	"golang.org/x/image/":                  {"internal/pdf"},
	"github.com/getkin/kin-openapi/":       {"api"},
	"go.yaml.in/yaml/":                     {"api", "internal/regime"},
	"github.com/google/go-cmp/":            {"*"},
	"pgregory.net/rapid":                   {"*"},
	"go.uber.org/goleak":                   {"*"},
	"github.com/emersion/go-message":       {"internal/letter", "internal/bounce"},
	"github.com/emersion/go-msgauth/":      {"internal/dkim", "internal/faults"},
	"golang.org/x/text/unicode/norm":       {"internal/mailaddr"},
}
