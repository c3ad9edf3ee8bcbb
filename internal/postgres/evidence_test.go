package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"forthwith/internal/postgres"
	"forthwith/internal/postgres/pgtest"
)

// insertOnly are the tables that only grow. The list is written out so that a
// table that loses its trigger is noticed.
var insertOnly = []string{
	"organisation", "rule_set", "rule_set_activation", "incident_fact", "obligation_tick", "key_tombstone", "list_row", "list_reject", "cohort_member", "placement",
	"exclusion", "exclusion_lift", "exclusion_person", "cohort_exclusion", "gate", "gate_lift", "gate_review", "gate_fact", "campaign_gate", "upgrade_decision", "upgrade_person", "suppression_decision", "suppression_decided", "suppression_file", "suppression_refusal",
	"pool_file", "pool_code", "pool_grant",
	"version", "version_author", "version_event", "approval", "finding_answer", "comment", "comment_resolved", "sender_revision", "sender_check", "relay_revision", "relay_event",
	"campaign_builder", "plan", "launch", "amendment", "failover", "staff_send", "test_send", "staff_wait", "staff_intent", "staff_outcome", "block", "intent", "outcome", "decision",
	"ledger_entry", "ledger_leaf", "ledger_node", "checkpoint",
}

func seedIncident(t *testing.T, conn *pgx.Conn) int64 {
	t.Helper()
	ctx := context.Background()
	var user, incident int64
	if err := conn.QueryRow(ctx, "INSERT INTO user_account (email, name, role) VALUES ('cem@example.com', 'Cem', 'ops') RETURNING user_no").Scan(&user); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(ctx, "INSERT INTO incident (created_by) VALUES ($1) RETURNING incident_no", user).Scan(&incident); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{"make_incident_partitions", "begin_people", "attach_people"} {
		if _, err := conn.Exec(ctx, "SELECT "+made+"($1)", incident); err != nil {
			t.Fatal(err)
		}
	}
	return incident
}

func TestTheApplicationCannotTouchEvidence(t *testing.T) {
	db := pgtest.New(t)
	app := db.As(t, postgres.AppRole)
	for _, table := range insertOnly {
		for _, change := range []string{"DELETE FROM %s", "TRUNCATE %s", "DROP TABLE %s", "ALTER TABLE %s DISABLE TRIGGER ALL"} {
			if _, err := app.Exec(context.Background(), fmt.Sprintf(change, table)); !isCode(err, "42501") {
				t.Errorf(change+": %v", table, err)
			}
		}
	}
}

func TestEvidenceRefusesItsOwnerToo(t *testing.T) {
	db := pgtest.New(t)
	app, owner := db.As(t, postgres.AppRole), db.As(t, postgres.OwnerRole)
	ctx := context.Background()
	incident := seedIncident(t, app)
	if _, err := app.Exec(ctx, "INSERT INTO placement (incident_no, recipient_no, cohort_no, reason) VALUES ($1, 1, 1, '{}')", incident); err != nil {
		t.Fatal(err)
	}
	partition := fmt.Sprintf("placement_%d", incident)
	for _, change := range []string{
		"UPDATE placement SET cohort_no = 2", "DELETE FROM placement", "TRUNCATE placement",
		"UPDATE " + partition + " SET cohort_no = 2", "DELETE FROM " + partition, "TRUNCATE " + partition,
	} {
		if _, err := owner.Exec(ctx, change); !isConstraint(err, "evidence_insert_only") {
			t.Errorf("%s: %v", change, err)
		}
	}
	if _, err := app.Exec(ctx, "TRUNCATE "+partition); !isCode(err, "42501") {
		t.Errorf("the application truncates a partition: %v", err)
	}
}

func TestEveryInsertOnlyTableIsListed(t *testing.T) {
	db := pgtest.New(t)
	rows, err := db.As(t, postgres.OwnerRole).Query(context.Background(), `SELECT relname FROM pg_class c JOIN pg_trigger t ON t.tgrelid = c.oid
		WHERE tgname = 'insert_only' AND NOT relispartition`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	want := " " + strings.Join(insertOnly, " ") + " "
	for _, n := range names {
		if !strings.Contains(want, " "+n+" ") {
			t.Errorf("%s is insert-only and not listed", n)
		}
	}
	if len(names) != len(insertOnly) {
		t.Errorf("%d insert-only tables, %d listed", len(names), len(insertOnly))
	}
}

func TestAPersonIsPlacedOnceAndHasOneDelivery(t *testing.T) {
	db := pgtest.New(t)
	app := db.As(t, postgres.AppRole)
	incident := seedIncident(t, app)
	place := func(cohort int) error {
		_, err := app.Exec(context.Background(), "INSERT INTO placement (incident_no, recipient_no, cohort_no, reason) VALUES ($1, 1, $2, '{}')", incident, cohort)
		return err
	}
	if err := place(1); err != nil {
		t.Fatal(err)
	}
	if err := place(2); !isCode(err, "23505") {
		t.Errorf("a second placement: %v", err)
	}
}

func TestPartitionsAreMadeForWhatExistsOnly(t *testing.T) {
	db := pgtest.New(t)
	app := db.As(t, postgres.AppRole)
	if _, err := app.Exec(context.Background(), "SELECT make_incident_partitions(99)"); !isCode(err, "23503") {
		t.Errorf("partitions of an incident that is not there: %v", err)
	}
	if _, err := app.Exec(context.Background(), "SELECT make_partition('delivery', 1)"); !isCode(err, "42501") {
		t.Errorf("the application makes a partition by itself: %v", err)
	}
}

func isCode(err error, code string) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.Code == code
}

func isConstraint(err error, name string) bool {
	var pe *pgconn.PgError
	return errors.As(err, &pe) && pe.ConstraintName == name
}
