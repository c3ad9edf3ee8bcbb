package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/stage"
)

// rulesVariable names the file with the rules that are timed: {"rules": [...]},
// in which LIST_A is everybody's list and LIST_B one row in forty of it.
const (
	rulesVariable = "FORTHWITH_BENCH_RULES"
	rulesDefault  = "../shared/bench/rules.json"
)

// crowd is an incident with very many people, in two lists and two drafts.
type crowd struct {
	*stage.World
	rows         int
	owner        *pgx.Conn
	lists        [2]string
	broad, small string // drafts of these lists
}

// benchCohorts times what rules select, and the freeze of everybody.
func benchCohorts(ctx context.Context, s size) ([]result, error) {
	w, owner, end, err := withOwner(ctx, s)
	if err != nil {
		return nil, err
	}
	defer end()
	c := &crowd{World: w, rows: s.rows, owner: owner}
	if err := c.gather(ctx); err != nil {
		return nil, err
	}
	sizes, err := c.sizes(ctx)
	if err != nil {
		return nil, err
	}
	frozen, err := c.freeze(ctx)
	return []result{sizes, frozen}, err
}

// gather imports the lists and makes a draft of each.
func (c *crowd) gather(ctx context.Context) error {
	if err := c.Story.Begin(ctx, "Rules"); err != nil {
		return err
	}
	for i, l := range []struct {
		name string
		file []byte
		use  map[string]string
	}{
		{"A", c.everybody(), map[string]string{"email": "email", "name": "name", "phone": "phone", "jurisdiction": "jurisdiction", "locale": "locale", "plan": "attribute:plan",
			"signup_date": "attribute:signup_date:date", "reset_ip": "secret_attribute:reset_ip"}},
		{"B", c.some(), map[string]string{"email": "email", "reset": "attribute:reset"}},
	} {
		if err := c.Story.Upload(ctx, l.name, l.file, l.use); err != nil {
			return err
		}
		var no int64
		err := stage.Until(ctx, 10*time.Minute, "the import", func() (bool, error) {
			var state string
			err := c.SQL.QueryRow(ctx, "SELECT list_no, state FROM list ORDER BY list_no DESC LIMIT 1").Scan(&no, &state)
			return state == "imported", err
		})
		if err != nil {
			return err
		}
		c.lists[i] = fmt.Sprintf("lst_%d", no)
	}
	var err error
	if c.small, err = c.draft(ctx, "Some", c.lists[1], 10); err == nil {
		c.broad, err = c.draft(ctx, "Everybody", c.lists[0], 20)
	}
	return err
}

func (c *crowd) everybody() []byte {
	var b bytes.Buffer
	b.WriteString("email,name,phone,jurisdiction,locale,plan,signup_date,reset_ip\n")
	places := strings.Fields("US-CA US-MA US-NY US-TX US-IL US-RI US-WA DE FR ES GB CA")
	plans := strings.Fields("free free free team enterprise")
	for i := range c.rows {
		ip := ""
		if i%40 == 0 {
			ip = fmt.Sprintf("198.51.100.%d", i/40%250)
		}
		fmt.Fprintf(&b, "person%d@d%d.example.com,Person %d,+1 555 %07d,%s,%s,%s,20%02d-%02d-%02d,%s\n", i, i%997, i, i,
			places[i%len(places)], strings.Fields("en en de fr es")[i%5], plans[i/7%len(plans)], 10+i%13, 1+i%12, 1+i%28, ip)
	}
	return b.Bytes()
}

func (c *crowd) some() []byte {
	var b bytes.Buffer
	b.WriteString("email,reset\n")
	for i := 0; i < c.rows; i += 40 {
		fmt.Fprintf(&b, "person%d@d%d.example.com,yes\n", i, i%997)
	}
	return b.Bytes()
}

// call asks the API as ops.
func (c *crowd) call(ctx context.Context, method, path string, body, out any) error {
	ops, err := c.Story.Client.As("ops", 0)
	if err == nil {
		_, err = c.Story.Client.Call(ctx, ops, method, path, body, out)
	}
	return err
}

func (c *crowd) draft(ctx context.Context, name, list string, precedence int) (string, error) {
	var made struct {
		ID string `json:"id"`
	}
	err := c.call(ctx, http.MethodPost, "/incidents/"+c.Story.Incident()+"/cohorts", map[string]any{"name": name, "precedence": precedence, "rule": map[string]string{"list": list}}, &made)
	return made.ID, err
}

// sizes times each rule over the API, warm, with what overlaps it and whom it
// loses, beside count(*) of the people.
func (c *crowd) sizes(ctx context.Context) (result, error) {
	raw, err := os.ReadFile(cmp.Or(os.Getenv(rulesVariable), rulesDefault))
	if err != nil {
		return result{}, fmt.Errorf("%w: name the file with the rules in %s", err, rulesVariable)
	}
	var doc struct {
		Rules []json.RawMessage `json:"rules"`
	}
	if err := json.Unmarshal([]byte(strings.NewReplacer("LIST_A", c.lists[0], "LIST_B", c.lists[1]).Replace(string(raw))), &doc); err != nil {
		return result{}, err
	}
	slowest := 0.0
	for i, rule := range doc.Rules {
		var size struct {
			Size int `json:"size"`
		}
		ask := func() (float64, error) {
			begun := time.Now()
			err := c.call(ctx, http.MethodPost, "/incidents/"+c.Story.Incident()+"/cohorts/size", map[string]any{"rule": rule, "precedence": 5}, &size)
			return time.Since(begun).Seconds(), err
		}
		cold, err := ask()
		if err != nil {
			return result{}, err
		}
		var warm []float64
		for range 5 {
			took, err := ask()
			if err != nil {
				return result{}, err
			}
			warm = append(warm, took)
		}
		fmt.Printf("rule %d: %d people, first %.3f s, warm %.3f s\n", i+1, size.Size, cold, median(warm))
		slowest = max(slowest, median(warm))
	}
	count, err := c.timed(ctx, 5, "SELECT count(*) FROM recipient")
	return ratio("cohort_size", "s", []float64{slowest}, []float64{count}), err
}

// timed gives the median of some runs of a statement.
func (c *crowd) timed(ctx context.Context, runs int, statement string) (float64, error) {
	var took []float64
	for range runs {
		begun := time.Now()
		if _, err := c.owner.Exec(ctx, statement); err != nil {
			return 0, err
		}
		took = append(took, time.Since(begun).Seconds())
	}
	return median(took), nil
}

// freeze freezes everybody, from the request to where an onlooker sees it, beside
// INSERT … SELECT of the same members and placements.
func (c *crowd) freeze(ctx context.Context) (result, error) {
	if _, err := c.frozen(ctx, c.small); err != nil {
		return result{}, err
	}
	ours, err := c.frozen(ctx, c.broad)
	if err != nil {
		return result{}, err
	}
	number := strings.TrimPrefix(c.broad, "coh_")
	for _, table := range []string{"cohort_member", "placement"} {
		if _, err := c.owner.Exec(ctx, "CREATE TABLE bench_"+table+" (LIKE "+table+" INCLUDING ALL)"); err != nil {
			return result{}, err
		}
	}
	limit, err := c.timed(ctx, 1, "INSERT INTO bench_cohort_member SELECT * FROM cohort_member WHERE cohort_no = "+number+"; INSERT INTO bench_placement SELECT * FROM placement WHERE cohort_no = "+number)
	return ratio("freeze", "s", []float64{ours}, []float64{limit}), err
}

func (c *crowd) frozen(ctx context.Context, cohort string) (float64, error) {
	begun := time.Now()
	if err := c.call(ctx, http.MethodPost, "/cohorts/"+cohort+"/freeze", nil, nil); err != nil {
		return 0, err
	}
	err := stage.Until(ctx, 5*time.Minute, "the freeze", func() (bool, error) {
		var done bool
		err := c.SQL.QueryRow(ctx, "SELECT state = 'frozen' FROM cohort WHERE 'coh_' || cohort_no = $1", cohort).Scan(&done)
		return done, err
	})
	return time.Since(begun).Seconds(), err
}
