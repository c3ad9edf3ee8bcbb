package postgres_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"forthwith/internal/access"
	"forthwith/internal/canon"
	"forthwith/internal/cohort"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/incident"
	"forthwith/internal/intake"
	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// desk is an incident with an ops person who works on it.
type desk struct {
	*pgtest.Database
	lists    intake.Service
	ops      access.Actor
	legal    access.Actor
	incident id.Incident
	raw      *pgx.Conn // as the application's role
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	db := pgtest.New(t)
	store := postgres.ListStore{DB: db.DB}
	d := &desk{Database: db, lists: intake.Service{Store: store, Uploads: store, Importer: store, Withdrawals: store, Comparison: store}, raw: db.As(t, postgres.AppRole)}
	d.ops, d.legal = d.person(t, access.Ops, "Cem"), d.person(t, access.Legal, "Ada")
	d.incident = d.open(t)
	return d
}

func (d *desk) person(t testing.TB, role access.Role, name string) access.Actor {
	t.Helper()
	var no int64
	err := d.raw.QueryRow(context.Background(), "INSERT INTO user_account (email, name, role) VALUES ($1, $2, $3) RETURNING user_no",
		strings.ToLower(name)+"@example.com", name, string(role)).Scan(&no)
	if err != nil {
		t.Fatal(err)
	}
	return access.Actor{User: id.User(no), Role: role, SteppedUp: true}
}

func (d *desk) open(t testing.TB) id.Incident {
	t.Helper()
	i, err := incident.Service{Store: postgres.IncidentStore{DB: d.DB}}.Open(context.Background(), d.ops, incident.Facts{Name: "Mail provider breach", Summary: "Mail provider breach"})
	if err != nil {
		t.Fatal(err)
	}
	return i.ID
}

func csvFile(text string, mapping map[string]string) intake.File {
	return intake.File{Name: "people.csv", Content: strings.NewReader(text),
		Form: func() (intake.Form, error) { return intake.Form{Name: "List A", Mapping: mapping}, nil }}
}

func (d *desk) upload(t testing.TB, in id.Incident, text string, mapping map[string]string) intake.List {
	t.Helper()
	l, err := d.lists.Upload(context.Background(), d.ops, in, csvFile(text, mapping))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (d *desk) imported(t testing.TB, in id.Incident, text string, mapping map[string]string) intake.List {
	t.Helper()
	l := d.upload(t, in, text, mapping)
	if err := d.lists.Import(context.Background(), l.ID); err != nil {
		t.Fatal(err)
	}
	l, err := d.lists.Get(context.Background(), d.ops, l.ID)
	if err != nil {
		t.Fatal(err)
	}
	if l.State != intake.Imported {
		t.Fatalf("the list is %s: %+v", l.State, l.Failure)
	}
	return l
}

func (d *desk) count(t testing.TB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := d.raw.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

var fullMapping = map[string]string{"email": "email", "name": "name", "state": "jurisdiction:US", "lang": "locale", "plan": "attribute:plan",
	"account": "merge:account", "since": "attribute:since:date", "points": "attribute:points:number", "ip": "secret_attribute:ip", "ok": "consent"}

const header = "email,name,state,lang,plan,account,since,points,ip,ok\n"

func TestAListBecomesPeople(t *testing.T) {
	d := newDesk(t)
	l := d.imported(t, d.incident, header+
		"ana@example.com,Ana,CA,en,pro,a-1,2021-05-01,7,192.0.2.1,yes\n"+
		"ana@Example.COM,Ana,TX,en,free,a-2,,,,no\n"+
		"ben@example.org,Ben,NY,de,pro,b-1,,,,\n"+
		",Nameless,CA,en,,n-1,,,,\n"+
		"broken@,X,CA,en,,,,,,\n"+
		"cy@example.com,Cy,Bavaria,en,,,,,,\n"+
		"too,few\n", fullMapping)
	want := intake.Counts{Rows: 7, Accepted: 4, Rejected: 3, New: 3, Known: 0, Repeats: 1}
	if l.Counts != want {
		t.Errorf("counts %+v, want %+v", l.Counts, want)
	}
	people, err := d.People(context.Background(), int64(d.incident), []int64{1, 2, 3}, intake.Wanted{Fields: []string{"recipient.name", "merge.account"}})
	if err != nil {
		t.Fatal(err)
	}
	ana := people[0]
	if ana.Address.String() != "ana@example.com" || !slices.Equal(ana.Jurisdictions, []string{"US-CA", "US-TX"}) || ana.Individuals != 1 || ana.Locale != "en" {
		t.Errorf("Ana is %+v", ana)
	}
	if !slices.Equal(ana.Values["merge.account"], []string{"a-1", "a-2"}) || !slices.Equal(ana.Values["recipient.name"], []string{"Ana"}) {
		t.Errorf("Ana's values are %v", ana.Values)
	}
	if !people[2].Unaddressed || people[2].Values["merge.account"][0] != "n-1" {
		t.Errorf("the person without an address is %+v", people[2])
	}
	if n := d.count(t, "SELECT count(*) FROM recipient WHERE consent = false AND recipient_no = 1"); n != 1 {
		t.Error("one refusal of consent does not outweigh agreement")
	}
	if n := d.count(t, "SELECT count(*) FROM list_row WHERE attributes @> '{\"plan\": \"pro\", \"points\": 7, \"since\": \"2021-05-01\", \"jurisdiction\": \"US-CA\"}'"); n != 1 {
		t.Error("typed attributes are not stored")
	}
	if n := d.count(t, "SELECT count(*) FROM list_row WHERE attributes::text LIKE '%192.0.2%'"); n != 0 {
		t.Error("a secret attribute lies open")
	}
	if n := d.count(t, "SELECT count(*) FROM list_chunk"); n != 0 {
		t.Error("the stored file is still there")
	}
	if n := d.count(t, "SELECT sum(recipients) FROM domain"); n != 2 {
		t.Errorf("domains count %d people", n)
	}
	if n := d.count(t, "SELECT coalesce(sum(length(entries)), 0) / 20 FROM recipient_similar"); n != 2 {
		t.Errorf("%d people can be looked up", n)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'list_imported'"); n != 1 {
		t.Errorf("%d ledger entries", n)
	}
}

// An address or a row that cannot be opened is its own person's trouble.
func TestWhatCannotBeOpenedBreaksOnePerson(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	d.imported(t, d.incident, header+"ana@example.com,Ana,CA,en,,,,,,\nben@example.com,Ben,CA,en,,,,,,\ncy@example.com,Cy,CA,en,,,,,,\n", fullMapping)
	for _, damage := range []string{
		"UPDATE recipient SET address = set_byte(address, 20, 255 - get_byte(address, 20)) WHERE recipient_no = 1",
		`INSERT INTO list_row (incident_no, list_no, row_no, line, recipient_no, cells, attributes)
			SELECT incident_no, list_no, 100, 100, recipient_no, '\x00', attributes FROM list_row WHERE recipient_no = 2`,
	} {
		if tag, err := d.raw.Exec(ctx, damage); err != nil || tag.RowsAffected() != 1 {
			t.Fatalf("%s: %v, %v", damage, tag, err)
		}
	}
	people, err := d.People(ctx, int64(d.incident), []int64{1, 2, 3}, intake.Wanted{Fields: []string{"recipient.name"}})
	if err != nil {
		t.Fatal(err)
	}
	if people[0].Broken == nil || people[1].Broken == nil {
		t.Error("what cannot be opened passes for whole")
	}
	if cy := people[2]; cy.Broken != nil || cy.Address.String() != "cy@example.com" || !slices.Equal(cy.Values["recipient.name"], []string{"Cy"}) {
		t.Errorf("the third person is %+v", cy)
	}
}

func TestASecondListAddsToWhomItKnows(t *testing.T) {
	d := newDesk(t)
	d.imported(t, d.incident, header+"ana@example.com,Ana,CA,en,,,,,,\nben@example.com,Ben,CA,en,,,,,,\n", fullMapping)
	l := d.imported(t, d.incident, header+"ana@example.com,Anne,TX,de,,,,,,\ncy@example.com,Cy,CA,en,,,,,,\nana@example.com,Anne,TX,de,,,,,,\n", fullMapping)
	if want := (intake.Counts{Rows: 3, Accepted: 3, New: 1, Known: 1, Repeats: 1}); l.Counts != want {
		t.Errorf("counts %+v, want %+v", l.Counts, want)
	}
	people, err := d.People(context.Background(), int64(d.incident), []int64{1}, intake.Wanted{})
	if err != nil {
		t.Fatal(err)
	}
	if p := people[0]; p.Locale != "de" || p.Individuals != 2 || len(p.Jurisdictions) != 2 {
		t.Errorf("Ana is %+v", p)
	}
}

func TestAnUploadThatIsRefusedLeavesNothing(t *testing.T) {
	d := newDesk(t)
	broken := errors.New("wire broke")
	for name, c := range map[string]struct {
		file intake.File
		code string
	}{
		"a picture":                    {csvFile("\x89PNG\r\n\x1a\n0000", nil), "file_is_other"},
		"an empty file":                {csvFile("", nil), "file_empty"},
		"a packed picture":             {csvFile(packed("\x89PNG\r\n\x1a\n0000"), nil), "file_is_other"},
		"a packed file that is cut":    {csvFile(packed(header + "ana@example.com,Ana,CA,en,,,,,,\n")[:60], nil), "file_packed_broken"},
		"a header without rows":        {csvFile("email,name\n", nil), "file_empty"},
		"no column of addresses":       {csvFile("name,town\nAna,Rome\n", nil), "no_address_column"},
		"two columns of one name":      {csvFile("email,email\na@example.com,b@example.com\n", nil), "header_twice"},
		"a mapping without an address": {csvFile("email,name\na@example.com,A\n", map[string]string{"name": "name"}), "no_address_column"},
		"a mapping of no such column":  {csvFile("email\na@example.com\n", map[string]string{"mail": "email"}), "column_unknown"},
		"a name that is too long": {intake.File{Name: "a.csv", Content: strings.NewReader("email\na@example.com\n"),
			Form: func() (intake.Form, error) { return intake.Form{Name: strings.Repeat("x", 201)}, nil }}, "field_too_long"},
		"a wire that breaks": {intake.File{Name: "a.csv", Content: io.MultiReader(strings.NewReader(header+strings.Repeat("a@example.com,,,,,,,,,\n", 20000)), failing{broken})}, "upload_broken"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := d.lists.Upload(context.Background(), d.ops, d.incident, c.file); !fault.Is(err, c.code) {
				t.Errorf("got %v, want %s", err, c.code)
			}
			if n := d.count(t, "SELECT (SELECT count(*) FROM list) + (SELECT count(*) FROM list_chunk) + (SELECT count(*) FROM outbox)"); n != 0 {
				t.Errorf("%d rows were kept", n)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestTheSameFileCountsOnceInAnIncident(t *testing.T) {
	d := newDesk(t)
	text := header + "ana@example.com,Ana,CA,en,,,,,,\n"
	waiting := d.upload(t, d.incident, text, nil)
	d.imported(t, d.incident, text, fullMapping)
	if _, err := d.lists.Upload(context.Background(), d.ops, d.incident, csvFile(text, fullMapping)); !fault.Is(err, "list_same_file") {
		t.Errorf("a second upload: %v", err)
	}
	same := func(v intake.Dialect) intake.Dialect { return v }
	if _, err := d.lists.Confirm(context.Background(), d.ops, waiting.ID, same, fullMapping); !fault.Is(err, "list_same_file") {
		t.Errorf("a confirmation of the same file: %v", err)
	}
	d.imported(t, d.open(t), text, fullMapping) // another incident is another matter
}

func TestAListWaitsForItsConfirmation(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.upload(t, d.incident, "E-Mail;Bundesland;Tarif\nana@example.com;DE-BY;pro\nben@example.com;DE;free\n", nil)
	if l.State != intake.Awaiting || l.Dialect.Delimiter != ";" || l.Mapping[0].Kind != intake.Email {
		t.Fatalf("the list is %+v", l)
	}
	same := func(v intake.Dialect) intake.Dialect { return v }
	p, err := d.lists.Preview(ctx, d.ops, l.ID, same)
	if err != nil || len(p.Rows) != 2 {
		t.Fatalf("the preview has %d rows: %v", len(p.Rows), err)
	}
	if _, err := d.lists.Confirm(ctx, d.ops, l.ID, func(v intake.Dialect) intake.Dialect { v.Delimiter = "#"; return v }, nil); !fault.Is(err, "delimiter_unknown") {
		t.Errorf("a delimiter that is none: %v", err)
	}
	mapping := map[string]string{"E-Mail": "email", "Bundesland": "jurisdiction", "Tarif": "attribute:plan"}
	if _, err := d.lists.Confirm(ctx, d.legal, l.ID, same, mapping); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("legal confirms a list: %v", err)
	}
	if l, err = d.lists.Confirm(ctx, d.ops, l.ID, same, mapping); err != nil || l.State != intake.Importing {
		t.Fatalf("confirmed: %+v, %v", l, err)
	}
	if _, err := d.lists.Confirm(ctx, d.ops, l.ID, same, mapping); !fault.Is(err, "list_state") {
		t.Errorf("a second confirmation: %v", err)
	}
	if err := d.lists.Import(ctx, l.ID); err != nil {
		t.Fatal(err)
	}
	other := d.upload(t, d.incident, "email,plan\nx@example.com,2021-01-01\n", nil)
	if _, err := d.lists.Confirm(ctx, d.ops, other.ID, same, map[string]string{"email": "email", "plan": "attribute:plan:date"}); !fault.Is(err, "attribute_type_differs") {
		t.Errorf("an attribute of two types: %v", err)
	}
}

// A packed file is kept as it came, and read as what is in it, at each look.
func TestAPackedFileBecomesAList(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	var text strings.Builder
	text.WriteString("E-Mail;Tarif\n")
	for i := range 30_000 {
		fmt.Fprintf(&text, "p%d@example.com;%x\n", i, sha256.Sum256([]byte{byte(i), byte(i >> 8)}))
	}
	raw := packed(text.String())
	l := d.upload(t, d.incident, raw, nil)
	if l.Dialect.Packing != intake.Gzip || l.Dialect.Delimiter != ";" || l.Bytes != int64(len(raw)) || l.SHA256 != canon.Hash(sha256.Sum256([]byte(raw))) {
		t.Fatalf("the list is %+v", l)
	}
	same := func(v intake.Dialect) intake.Dialect { return v }
	p, err := d.lists.Preview(ctx, d.ops, l.ID, same)
	if err != nil || len(p.Rows) != 20 || p.Rows[0][0] != "p0@example.com" || p.Whole {
		t.Fatalf("the preview is %+v: %v", p.Rows, err)
	}
	if _, err := d.lists.Confirm(ctx, d.ops, l.ID, same, map[string]string{"E-Mail": "email", "Tarif": "attribute:plan"}); err != nil {
		t.Fatal(err)
	}
	if err := d.lists.Import(ctx, l.ID); err != nil {
		t.Fatal(err)
	}
	if l, err = d.lists.Get(ctx, d.ops, l.ID); err != nil || l.State != intake.Imported || l.Counts.New != 30_000 {
		t.Errorf("imported: %s, %+v, %v", l.State, l.Counts, err)
	}
}

// Objects become people as rows do; what is no object is refused with its line.
// A connection that breaks while a packed file is read says nothing about the file:
// the import waits, and the file stays.
func TestABrokenConnectionIsNoBrokenFile(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.upload(t, d.incident, packed(bigFile(2_000)), fullMapping)
	cut := d.lists
	cut.Importer = breaking{d.lists.Importer}
	if err := cut.Import(ctx, l.ID); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("the import: %v", err)
	}
	err := d.lists.Import(ctx, l.ID)
	if got, _ := d.lists.Get(ctx, d.ops, l.ID); err != nil || got.State != intake.Imported {
		t.Errorf("the next run: %s, %+v, %v", got.State, got.Failure, err)
	}
}

// breaking loses the connection after the first bytes of a file, as the driver
// tells it.
type breaking struct{ intake.Importer }

func (b breaking) Import(ctx context.Context, l intake.List, open intake.Opener, finish func(intake.Tx, intake.Counts, time.Time) error) error {
	return b.Importer.Import(ctx, l, func(ctx context.Context, file io.Reader) (*intake.Reader, error) {
		lost := fault.New(fault.Unavailable, "database_down", nil).Because(fmt.Errorf("failed to receive message: %w", io.ErrUnexpectedEOF))
		return open(ctx, io.MultiReader(io.LimitReader(file, 100), failing{fmt.Errorf("read chunk of %s: %w", l.ID, lost)}))
	}, finish)
}

func TestObjectsBecomeAList(t *testing.T) {
	d := newDesk(t)
	l := d.imported(t, d.incident, packed(`{"email":"ana@example.com","name":"Ana","state":"CA","plan":{"name":"pro"}}
{"email":"ben@example.com","state":"TX","seats":7}

no object
{"name":"Cy","seats":1.5}
{"email":"ana@example.com","name":"Anne","state":"CA"}
`), map[string]string{"email": "email", "name": "name", "state": "jurisdiction:US", "seats": "attribute:seats:number", "plan": "merge:plan"})
	if want := (intake.Counts{Rows: 5, Accepted: 4, Rejected: 1, New: 3, Repeats: 1}); l.Counts != want || l.Dialect.Format != intake.NDJSON || !slices.Equal(l.Columns, []string{"email", "name", "state", "plan", "seats"}) {
		t.Fatalf("%+v as %v, %+v", l.Counts, l.Columns, l.Dialect)
	}
	refused, err := d.lists.Refused(context.Background(), d.ops, l.ID)
	if err != nil || len(refused) != 1 || refused[0].Reason != intake.NotAnObject || refused[0].Line != 4 {
		t.Errorf("refused: %+v, %v", refused, err)
	}
	people, err := d.People(context.Background(), int64(d.incident), []int64{1}, intake.Wanted{Fields: []string{"recipient.name", "merge.plan"}})
	if err != nil || !slices.Equal(people[0].Values["merge.plan"], []string{`{"name":"pro"}`}) || people[0].Individuals != 2 {
		t.Errorf("the first person is %+v, %v", people, err)
	}
}

func packed(text string) string {
	var out strings.Builder
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text) // a builder takes everything
	_ = w.Close()
	return out.String()
}

func TestAnUnconfirmedListExpires(t *testing.T) {
	d := newDesk(t)
	l := d.upload(t, d.incident, header+"ana@example.com,Ana,CA,en,,,,,,\n", nil)
	if _, err := d.raw.Exec(context.Background(), "UPDATE list SET uploaded_at = now() - interval '25 hours'"); err != nil {
		t.Fatal(err)
	}
	old, err := postgres.ListStore{DB: d.DB}.Unconfirmed(context.Background())
	if err != nil || !slices.Equal(old, []id.List{l.ID}) {
		t.Fatalf("unconfirmed: %v, %v", old, err)
	}
	for range 2 {
		if err := d.lists.Expire(context.Background(), l.ID); err != nil {
			t.Fatal(err)
		}
	}
	if n := d.count(t, "SELECT count(*) FROM list_chunk"); n != 0 {
		t.Error("the file is still there")
	}
}

func TestRejectsAreReadAsTheyStood(t *testing.T) {
	d := newDesk(t)
	l := d.imported(t, d.incident, "email,name\nana@example.com,Zoë\n=cmd@,\"=1+1\"\nx@example.com,caf\xe9\n", map[string]string{"email": "email", "name": "name"})
	file, err := d.lists.Rejects(context.Background(), d.ops, l.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines: %v", len(lines), err)
	}
	if got := lines[1]; got[0] != "3" || got[1] != "email" || got[3] != "'=cmd@" || got[4] != "'=1+1" || !strings.Contains(got[2], "–") {
		t.Errorf("line 3 is %q", got)
	}
	if got := lines[2]; got[4] != `caf\xe9` {
		t.Errorf("line 4 is %q", got)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'rejects_read'"); n != 1 {
		t.Error("reading the rejects is not recorded")
	}
}

// refusedRows downloads them in the shape of their file.
func (d *desk) refusedRows(t *testing.T, l intake.List) string {
	t.Helper()
	file, err := d.lists.Rejects(context.Background(), d.ops, l.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Refused rows are mended in their file and come again as they stood, in the
// shape of the first file.
func TestRefusedRowsComeAgainAsTheyStood(t *testing.T) {
	for name, c := range map[string]struct{ file, refused, wrong, mended string }{
		"delimited": {"email;phone;reason\nana@example.com;+1 555 0100;x\nbroken@;+49 151 2345; =a\n",
			"line;column;refused reason;email;phone;reason\r\n3;email;", "broken@", "ben@example.org"},
		"objects": {`{"email":"ana@example.com","phone":"+1 555 0100"}` + "\n" + `{"email":"broken@","phone":"+49 151 2345","reason":" =a"}` + "\n",
			`{"line":"2","column":"email","refused reason":"`, "broken@", "ben@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			use := map[string]string{"email": "email", "phone": "merge:phone", "reason": "merge:reason"}
			refused := d.refusedRows(t, d.imported(t, d.incident, c.file, use))
			if !strings.HasPrefix(refused, c.refused) || strings.Count(refused, "\n") > 2 {
				t.Fatalf("%q", refused)
			}
			if name == "delimited" && !strings.Contains(refused, ";'+49 151 2345;' =a\r\n") {
				t.Errorf("a spreadsheet would run %q", refused)
			}
			again := d.upload(t, d.incident, strings.Replace(refused, c.wrong, c.mended, 1), nil)
			p, err := d.lists.Preview(context.Background(), d.ops, again.ID, func(d intake.Dialect) intake.Dialect { return d })
			if err != nil || p.Guesses[0].Why != intake.WhyRefused || p.Mapping[0].Kind != intake.Ignore || p.Mapping[1].Kind != intake.Ignore || p.Mapping[2].Kind != intake.Ignore || p.Mapping[3].Kind != intake.Email {
				t.Fatalf("%+v, %v", p, err)
			}
			again, err = d.lists.Confirm(context.Background(), d.ops, again.ID, func(d intake.Dialect) intake.Dialect { return d }, use)
			if err == nil {
				err = d.lists.Import(context.Background(), again.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
			people, err := d.People(context.Background(), int64(d.incident), []int64{2}, intake.Wanted{Fields: []string{"merge.phone", "merge.reason"}})
			if err != nil || fmt.Sprint(people[0].Values) != "map[merge.phone:[+49 151 2345] merge.reason:[=a]]" {
				t.Errorf("%v, %v", people[0].Values, err)
			}
		})
	}
}

// mended uploads refused rows again, with their address put right.
func (d *desk) mended(t *testing.T, refused string, use map[string]string) intake.List {
	t.Helper()
	ctx, same := context.Background(), func(d intake.Dialect) intake.Dialect { return d }
	l := d.upload(t, d.incident, strings.Replace(refused, "broken@", "ben@example.org", 1), nil)
	_, err := d.lists.Confirm(ctx, d.ops, l.ID, same, use)
	if err == nil {
		err = d.lists.Import(ctx, l.ID)
	}
	if err == nil {
		l, err = d.lists.Get(ctx, d.ops, l.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What a row that was refused for its address held besides comes through whole.
func TestTheOtherCellsOfARefusedRowComeAgainWhole(t *testing.T) {
	for name, where := range map[string]string{
		"lines that end in LF":     "Street 1\nTown",
		"in a bare CR":             "Street 1\rTown",
		"in CRLF":                  "Street 1\r\nTown",
		"like a formula":           "=1+1",
		"with an apostrophe":       "'+49 151 2345",
		"with two of them":         "''-1",
		"as long as a cell may be": strings.Repeat("ö", intake.MaxCell/2),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			use := map[string]string{"email": "email", "where": "merge:where"}
			l := d.imported(t, d.incident, "email,where\nana@example.com,x\nbroken@,\""+where+"\"\n", use)
			d.mended(t, d.refusedRows(t, l), use)
			people, err := d.People(context.Background(), int64(d.incident), []int64{2}, intake.Wanted{Fields: []string{"merge.where"}})
			if err != nil || !slices.Equal(people[0].Values["merge.where"], []string{where}) {
				t.Errorf("%.80q, %v", people[0].Values["merge.where"], err)
			}
		})
	}
}

// A file of refused rows has more columns than its list, and may have as many more
// as it needs, in each round.
func TestRefusedRowsOfTheWidestListComeAgain(t *testing.T) {
	cells := func(form, sep string) string {
		var all []string
		for i := range intake.MaxColumns - 1 {
			all = append(all, fmt.Sprintf(form, i))
		}
		return strings.Join(all, sep)
	}
	for shape, file := range map[string]string{
		"delimited": cells("c%d", ",") + ",email\n" + cells("%d", ",") + ",ana@example.com\n" + cells("%d", ",") + ",broken@\n" + cells("x%d", ",") + ",broken@\n",
		"objects":   "{" + cells(`"c%[1]d":%[1]d`, ",") + `,"email":"ana@example.com"}` + "\n{" + cells(`"c%[1]d":%[1]d`, ",") + `,"email":"broken@"}` + "\n{" + cells(`"c%[1]d":-%[1]d`, ",") + `,"email":"broken@"}` + "\n",
	} {
		t.Run(shape, func(t *testing.T) {
			d := newDesk(t)
			use := map[string]string{"email": "email"}
			l := d.imported(t, d.incident, file, use)
			for left := int64(1); left >= 0; left-- {
				l = d.mended(t, d.refusedRows(t, l), use)
				if l.Counts.Accepted != 1 || l.Counts.Rejected != left || len(l.Columns) != intake.MaxColumns+3 {
					t.Errorf("%+v of %d columns", l.Counts, len(l.Columns))
				}
			}
		})
	}
}

// A line that is no object is given as it stood.
func TestALineThatIsNoObjectIsKeptAsItStood(t *testing.T) {
	d := newDesk(t)
	l := d.imported(t, d.incident, `{"email":"ana@example.com"}`+"\nno object\n", map[string]string{"email": "email"})
	if got := d.refusedRows(t, l); !strings.HasPrefix(got, `{"line":"2","column":"","reason":"`) || !strings.HasSuffix(got, `","refused text":"no object"}`+"\n") {
		t.Errorf("%q", got)
	}
}

// state is everything that the lists of an incident tell about its people,
// without numbers.
func (d *desk) state(t testing.TB, in id.Incident) []string {
	t.Helper()
	rows, err := d.raw.Query(context.Background(), `SELECT concat_ws('|', r.address_index, r.jurisdictions, coalesce(r.locale, '-'), coalesce(r.timezone, '-'),
		coalesce(r.consent::text, '-'), r.individuals, CASE WHEN r.address IS NULL THEN '' ELSE encode(r.proof_digest, 'hex') END, l.attributes,
		(SELECT array_agg(f.flag ORDER BY f.flag) FROM recipient_flag f WHERE f.incident_no = r.incident_no AND f.recipient_no = r.recipient_no))
		FROM recipient r JOIN (SELECT recipient_no, array_agg(attributes ORDER BY attributes::text) AS attributes FROM list_row JOIN list USING (list_no)
			WHERE list.incident_no = $1 AND state = 'imported' GROUP BY 1) l USING (recipient_no)
		WHERE r.incident_no = $1`, int64(in))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}

// TestTheOrderOfListsAndRowsDoesNotMatter imports the same rows twice into one
// incident's keys, in two orders and cuts. Indexes are keyed by incident, so
// the first result is removed by the owner in between.
func TestTheOrderOfListsAndRowsDoesNotMatter(t *testing.T) {
	d := newDesk(t)
	examples(t, "60")
	forget := d.forgetful(t)
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(anyRow, 1, 30).Draw(rt, "rows")
		one := importOrder(t, d, rows, len(rows))
		forget()
		shuffled := rapid.Permutation(rows).Draw(rt, "order")
		two := importOrder(t, d, shuffled, rapid.IntRange(1, len(rows)).Draw(rt, "cut"))
		forget()
		if !slices.Equal(one, two) {
			rt.Fatalf("one order gives\n%s\nanother\n%s", strings.Join(one, "\n"), strings.Join(two, "\n"))
		}
	})
}

// examples bounds how many examples a property is tried with: each of these
// takes several imports.
func examples(t *testing.T, n string) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	before := checks.Value.String()
	if err := checks.Value.Set(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Value.Set(before) })
}

// anyRow draws rows of few people, which tell this and that.
var anyRow = rapid.Custom(func(rt *rapid.T) string {
	pick := func(of ...string) string { return rapid.SampledFrom(of).Draw(rt, "cell") }
	return strings.Join([]string{pick("a@example.com", "b@example.com", "A@example.com", "c@EXAMPLE.com", "sales@example.com", "b+x@example.com", ""), pick("", "Ana", "ana ", "Ben"), pick("", "CA", "TX", "ZZ"),
		pick("", "en", "de", "fr"), pick("", "pro", "free"), "acc", "", pick("", "1", "2", "x"), "", pick("", "yes", "no")}, ",") + "\n"
})

// forgetful gives what empties the incident, as only the owner can.
func (d *desk) forgetful(t *testing.T) func() {
	owner := d.As(t, postgres.OwnerRole)
	return func() {
		for _, table := range []string{"list_row", "recipient"} { // the next list is a first one again
			if _, err := owner.Exec(context.Background(), fmt.Sprintf("DROP TABLE IF EXISTS %s_%d", table, int64(d.incident))); err != nil {
				t.Fatal(err)
			}
		}
		for _, table := range []string{"list_reject", "recipient_similar", "recipient_flag"} {
			name := fmt.Sprintf("%s_%d", table, int64(d.incident))
			for _, s := range []string{"ALTER TABLE " + name + " DISABLE TRIGGER ALL", "TRUNCATE " + name} {
				if _, err := owner.Exec(context.Background(), s); err != nil && !strings.Contains(err.Error(), "system trigger") {
					t.Fatal(err)
				}
			}
		}
		if _, err := owner.Exec(context.Background(), "DELETE FROM list"); err != nil {
			t.Fatal(err)
		}
	}
}

func importOrder(t *testing.T, d *desk, rows []string, cut int) []string {
	for n, part := range [][]string{rows[:cut], rows[cut:]} {
		if len(part) > 0 {
			text := fmt.Sprintf("%s%s", strings.Repeat("\n", n), header) + strings.Join(part, "")
			d.imported(t, d.incident, text, fullMapping)
		}
	}
	return d.state(t, d.incident)
}

func bigFile(rows int) string {
	var b strings.Builder
	b.WriteString(header)
	for i := range rows {
		who := i - i%20/19 // every twentieth row is the row before it again
		fmt.Fprintf(&b, "person%d@d%d.example.com,Person %d,CA,en,pro,a-%d,2021-05-01,%d,192.0.2.%d,yes\n", who, who%997, i, i, i%100, i%250)
	}
	return b.String()
}

func TestAnImportThatIsCutLeavesNothingAndTheNextOneIsWhole(t *testing.T) {
	d := newDesk(t)
	l := d.upload(t, d.incident, bigFile(30_000), fullMapping)
	for _, after := range []time.Duration{20 * time.Millisecond, 150 * time.Millisecond, 400 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(context.Background(), after)
		_ = d.lists.Import(ctx, l.ID)
		cancel()
		if n := d.count(t, "SELECT (SELECT count(*) FROM list_row) + (SELECT count(*) FROM recipient) + (SELECT count(*) FROM domain)"); n != 0 && d.count(t, "SELECT count(*) FROM list WHERE state = 'imported'") == 0 {
			t.Fatalf("a cut import left %d rows", n)
		}
	}
	if err := d.lists.Import(context.Background(), l.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.lists.Import(context.Background(), l.ID); err != nil {
		t.Fatalf("a second run: %v", err)
	}
	if n := d.count(t, "SELECT count(*) FROM recipient"); n != 28_500 {
		t.Errorf("%d people", n)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'list_imported'"); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func TestACancelledImportEndsSoonAndLeavesNothing(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.upload(t, d.incident, bigFile(200_000), fullMapping)
	ended := make(chan error, 1)
	go func() { ended <- d.lists.Import(ctx, l.ID) }()
	for {
		now, err := d.lists.Get(ctx, d.ops, l.ID)
		if err != nil {
			t.Fatal(err)
		}
		if now.Progress() > 0 || now.State != intake.Importing {
			break
		}
	}
	if _, err := d.lists.Cancel(ctx, d.ops, l.ID); err != nil {
		t.Fatal(err)
	}
	cancelled := time.Now()
	if err := <-ended; err != nil {
		t.Errorf("a cancelled import: %v", err)
	}
	if took := time.Since(cancelled); took > 5*time.Second {
		t.Errorf("the import ended after %s", took)
	}
	if n := d.count(t, "SELECT (SELECT count(*) FROM list_row) + (SELECT count(*) FROM recipient) + (SELECT count(*) FROM list_chunk)"); n != 0 {
		t.Errorf("%d rows were left", n)
	}
}

// TestAnImportThatWaitsIsCancelledToo holds the people of the incident, so that
// the import cannot begin to read.
func TestAnImportThatWaitsIsCancelledToo(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.upload(t, d.incident, fourPeople, fullMapping)
	other, err := d.As(t, postgres.AppRole).Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('people of incident', $1))", int64(d.incident)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.lists.Import(ctx, l.ID) }()
	for d.count(t, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 0 {
		runtime.Gosched()
	}
	if _, err := d.lists.Cancel(ctx, d.ops, l.ID); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("a cancelled import: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the import still waits")
	}
	if err := other.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
}

// Whatever is not finished is asked for again every half minute. A run beside
// another one ends soon: it would take a place of the worker and a connection
// from it, and say that nothing was read yet.
func TestLongWorkRunsOnceAtATime(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	gone := d.imported(t, d.incident, fourPeople, fullMapping)
	draft := d.cohort(t, "All", 10, fmt.Sprintf(`{"list":%q}`, gone.ID))
	l := d.upload(t, d.incident, "email\ndee@example.com\n", map[string]string{"email": "email"})
	_, err := d.cohorts().Freeze(ctx, d.ops, draft.ID)
	if err == nil {
		_, err = d.lists.Withdraw(ctx, d.ops, gone.ID, "the wrong export", nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(context.Context) error{
		"an import":    func(ctx context.Context) error { return d.lists.Import(ctx, l.ID) },
		"a freeze":     func(ctx context.Context) error { return d.cohorts().FreezeNow(ctx, draft.ID) },
		"a withdrawal": func(ctx context.Context) error { return d.lists.WithdrawNow(ctx, gone.ID) },
	} {
		held, err := d.raw.Begin(ctx)
		if err == nil {
			_, err = held.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('people of incident', $1))", int64(d.incident))
		}
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error, 1)
		go func() { first <- run(ctx) }()
		for d.count(t, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == 0 {
			runtime.Gosched()
		}
		soon, stop := context.WithTimeout(ctx, 10*time.Second)
		if err := run(soon); err != nil {
			t.Errorf("%s beside itself: %v", name, err)
		}
		stop()
		if err := held.Rollback(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-first; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A cancel that comes between the end of an import and what is made of it counts.
func TestACancelledImportDoesNotFail(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	l := d.upload(t, d.incident, "email\n"+strings.Repeat("\n", intake.HeadBytes), map[string]string{"email": "email"}) // no rows, behind what is looked at
	late := d.lists
	late.Importer = cancelling{d.lists.Importer, func() {
		if _, err := d.lists.Cancel(ctx, d.ops, l.ID); err != nil {
			t.Error(err)
		}
	}}
	if err := late.Import(ctx, l.ID); err != nil {
		t.Error(err)
	}
	if got, err := d.lists.Get(ctx, d.ops, l.ID); err != nil || got.State != intake.Cancelled || got.Failure != nil {
		t.Errorf("the list is %s: %+v, %v", got.State, got.Failure, err)
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'list_failed'"); n != 0 {
		t.Errorf("%d entries say that it failed", n)
	}
}

// cancelling does something once an import has ended.
type cancelling struct {
	intake.Importer
	then func()
}

func (c cancelling) Import(ctx context.Context, l intake.List, open intake.Opener, finish func(intake.Tx, intake.Counts, time.Time) error) error {
	err := c.Importer.Import(ctx, l, open, finish)
	c.then()
	return err
}

func TestAStoredFileThatWasChangedFails(t *testing.T) {
	d := newDesk(t)
	for name, change := range map[string]string{
		"a chunk with another byte":    "UPDATE list_chunk SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)",
		"a chunk that is gone":         "DELETE FROM list_chunk",
		"a file with another hash":     "UPDATE list SET sha256 = sha256(sha256) WHERE state = 'importing'",
		"columns of another file":      "UPDATE list SET columns = '[\"a\",\"email\"]', mapping = '{\"email\":\"email\"}' WHERE state = 'importing'",
		"a header where there is none": "UPDATE list SET dialect = dialect || '{\"header_row\": 40}' WHERE state = 'importing'",
	} {
		t.Run(name, func(t *testing.T) {
			l := d.upload(t, d.incident, strings.Replace(fourPeople, "Ana", name, 1), fullMapping)
			if _, err := d.raw.Exec(context.Background(), change); err != nil {
				t.Fatal(err)
			}
			if err := d.lists.Import(context.Background(), l.ID); err != nil {
				t.Fatal(err)
			}
			l, err := d.lists.Get(context.Background(), d.ops, l.ID)
			if err != nil || l.State != intake.Failed || l.Failure == nil {
				t.Errorf("the list is %s %+v: %v", l.State, l.Failure, err)
			}
			if n := d.count(t, "SELECT (SELECT count(*) FROM list_chunk) + (SELECT count(*) FROM list_row)"); n != 0 {
				t.Errorf("%d rows were left", n)
			}
		})
	}
}

func BenchmarkImport(b *testing.B) {
	text := bigFile(200_000)
	for range b.N {
		b.StopTimer()
		d := newDesk(b)
		l := d.upload(b, d.incident, text, fullMapping)
		runtime.GC()
		b.StartTimer()
		if err := d.lists.Import(context.Background(), l.ID); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(200_000/b.Elapsed().Seconds()*float64(b.N), "rows/s")
	}
}

func TestRefusedRowsAreCountedByReason(t *testing.T) {
	d := newDesk(t)
	l := d.imported(t, d.incident, "email,name\nana@example.com,Zoë\nx@example.com,caf\xe9\nb@example.com,B,more,cells\nc@example.com,C,more\nno address,N\n",
		map[string]string{"email": "email", "name": "name"})
	got, err := d.lists.Refused(context.Background(), d.ops, l.ID)
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v: %v", got, err)
	}
	if got[0] != (intake.Refused{Reason: intake.Ragged, Rows: 2, Line: 4, Got: 4}) {
		t.Errorf("the most frequent reason is %+v", got[0])
	}
	if got[1].Rows != 1 || got[1].Column != "email" || got[2].Reason != intake.NotInEncoding {
		t.Errorf("the others are %+v", got[1:])
	}
	if _, err := d.lists.Refused(context.Background(), access.Actor{User: 1, Role: access.Admin}, l.ID); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an admin reads why rows were refused: %v", err)
	}
}

// Whom somebody should look at is told with the reason; nothing else changes.
func TestPeopleToLookAtAreFlagged(t *testing.T) {
	d := newDesk(t)
	l := d.imported(t, d.incident, header+
		"ana@gmial.com,Ana,CA,en,,,,,,yes\n"+
		"ana@gmial.com,Ana,TX,de,,,,,,no\n"+
		"sales@example.com,Sales,CA,en,,,,,,\n"+
		"b.en@example.com,Ben,CA,en,,,,,,\n"+
		"zoë@example.com,Zoë,CA,en,,,,,,\n"+
		"family@example.com,Cy,CA,en,,,,,,\n"+
		"family@example.com,Di,CA,en,,,,,,\n", fullMapping)
	d.imported(t, d.incident, header+"Ben+shop@example.com,Ben,CA,en,,,,,,\n", fullMapping)
	got, err := d.cohorts().Flagged(context.Background(), d.ops, d.incident)
	want := map[string]int{"likely_typo": 1, "role_account": 1, "similar_address": 2, "smtputf8": 1, "several_people": 1, "several_jurisdictions": 1, "several_locales": 1, "several_consents": 1}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v, %v", got, want, err)
	}
	page, err := d.cohorts().Recipients(context.Background(), d.ops, d.incident, cohort.Filter{Limit: 10, Where: []filter.Equal{{Column: "flag", Value: []string{"similar_address"}}}})
	if err != nil || len(page) != 2 || fmt.Sprint(page[0].Flags) != "[similar_address]" {
		t.Errorf("%+v, %v", page, err)
	}
	d.withdrawn(t, l)
	if got, err = d.cohorts().Flagged(context.Background(), d.ops, d.incident); err != nil || len(got) != 0 {
		t.Errorf("after the list was taken back: %v, %v", got, err)
	}
	for flag := range want {
		if page, err = d.cohorts().Recipients(context.Background(), d.ops, d.incident, cohort.Filter{Limit: 10, Where: []filter.Equal{{Column: "flag", Value: []string{flag}}}}); err != nil || len(page) != 0 {
			t.Errorf("%s after the list was taken back: %d people, %v", flag, len(page), err)
		}
	}
}
