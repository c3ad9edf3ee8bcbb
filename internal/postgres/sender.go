package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/sender"
)

// SenderStore implements sender.Store.
type SenderStore struct{ *DB }

// Do runs f in a transaction. See DB.do for when it runs again.
func (s SenderStore) Do(ctx context.Context, f func(sender.Tx) error) error {
	return s.do(ctx, func(t *tx) error { return f(senderTx{t}) })
}

const senderColumns = `SELECT s.sender_no, s.name, v.revision, v.from_address, v.from_name, v.reply_to, v.bounce_domain, v.link_hosts, ` + checkColumns + `
	FROM sender s JOIN sender_revision v USING (sender_no, revision)` + newestCheck

func readSenderRow(row pgx.CollectableRow) (sender.Sender, error) {
	var s sender.Sender
	var last checkRow
	err := row.Scan(append([]any{(*int64)(&s.ID), &s.Name, &s.Revision, &s.From, &s.FromName, &s.ReplyTo, &s.BounceDomain, &s.LinkHosts}, last.targets()...)...)
	if err == nil {
		err = last.into(&s)
	}
	return s, err
}

func oneSender(ctx context.Context, q querier, where string, no id.Sender) (sender.Sender, error) {
	return oneFrom(ctx, q, senderColumns+where, []any{int64(no)}, no, sender.ErrNotFound, readSenderRow)
}

// Sender reads one.
func (s SenderStore) Sender(ctx context.Context, no id.Sender) (sender.Sender, error) {
	return oneSender(ctx, s.pool, "WHERE s.sender_no = $1", no)
}

// Senders reads a page in order of ids.
func (s SenderStore) Senders(ctx context.Context, after id.Sender, limit int) ([]sender.Sender, error) {
	return pageFrom(ctx, s.pool, page{query: senderColumns + "WHERE s.sender_no > $1", args: []any{int64(after)}, order: "s.sender_no", limit: limit}, readSenderRow)
}

type senderTx struct{ *tx }

// Insert writes an identity with its first revision.
func (t senderTx) Insert(s sender.Sender, by id.User) (id.Sender, error) {
	var no int64
	err := t.pg.QueryRow(t.ctx, "INSERT INTO sender (name, revision) VALUES ($1, $2) RETURNING sender_no", s.Name, s.Revision).Scan(&no)
	if violates(err, "sender_name_once") {
		return 0, fault.New(fault.Conflict, "sender_name_taken", nil)
	}
	if err != nil {
		return 0, fmt.Errorf("insert sender: %w", err)
	}
	s.ID = id.Sender(no)
	return s.ID, t.Save(s, by)
}

// Lock reads an identity for a change.
func (t senderTx) Lock(no id.Sender) (sender.Sender, error) {
	return oneSender(t.ctx, t.pg, "WHERE s.sender_no = $1 FOR UPDATE OF s", no)
}

// Save writes an identity, and its details where the revision is new.
func (t senderTx) Save(s sender.Sender, by id.User) error {
	_, err := t.pg.Exec(t.ctx, "UPDATE sender SET name = $2, revision = $3 WHERE sender_no = $1", int64(s.ID), s.Name, s.Revision)
	if violates(err, "sender_name_once") {
		return fault.New(fault.Conflict, "sender_name_taken", nil)
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", s.ID, err)
	}
	_, err = t.pg.Exec(t.ctx, `INSERT INTO sender_revision (sender_no, revision, from_address, from_name, reply_to, bounce_domain, link_hosts, made_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sender_no, revision) DO NOTHING`,
		int64(s.ID), s.Revision, s.From, s.FromName, s.ReplyTo, s.BounceDomain, s.LinkHosts, int64(by))
	if err != nil {
		return fmt.Errorf("insert revision of %s: %w", s.ID, err)
	}
	return nil
}
