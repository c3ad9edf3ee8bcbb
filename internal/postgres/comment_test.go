package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"forthwith/internal/fault"
	"forthwith/internal/notice"
)

func TestTheWordsOfACommentAreSealed(t *testing.T) {
	d := newDesk(t)
	v := d.version(t, d.ops, d.notice(t).ID, "Your address was seen.")
	if _, err := d.notices().Comment(context.Background(), d.legal, v.ID, &notice.Spot{Line: 1}, "Wordsworth saw it."); err != nil {
		t.Fatal(err)
	}
	if n := d.count(t, "SELECT count(*) FROM comment WHERE position('Wordsworth'::bytea IN body) > 0"); n != 0 {
		t.Error("the words of a comment can be read in its table")
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'version_commented' AND position('Wordsworth' IN ledger_entry::text) = 0"); n != 1 {
		t.Errorf("%d entries of the ledger", n)
	}
}

func TestACommentIsResolvedOnceHoweverManyTry(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	v := d.version(t, d.ops, d.notice(t).ID, "Your address was seen.")
	c, err := d.notices().Comment(ctx, d.ops, v.ID, nil, "It is short.")
	if err != nil {
		t.Fatal(err)
	}
	results := make([]error, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { _, results[i] = d.notices().ResolveComment(ctx, d.legal, c.ID) })
	}
	all.Wait()
	resolved := 0
	for _, err := range results {
		switch {
		case err == nil:
			resolved++
		case !fault.Is(err, "comment_is_resolved"):
			t.Error(err)
		}
	}
	if n := d.count(t, "SELECT count(*) FROM ledger_entry WHERE verb = 'comment_resolved'"); resolved != 1 || n != 1 {
		t.Errorf("resolved %d times, %d entries of the ledger", resolved, n)
	}
}

func TestAPageCanShowEveryOpenComment(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	v := d.version(t, d.ops, d.notice(t).ID, "Your address was seen.")
	var last notice.Comment
	for i := range notice.MostOpenComments {
		var err error
		if last, err = d.notices().Comment(ctx, d.ops, v.ID, nil, fmt.Sprint("Comment ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.notices().Comment(ctx, d.ops, v.ID, nil, "One more."); !fault.Is(err, "comments_many") {
		t.Errorf("one more: %v", err)
	}
	if all, err := d.notices().OpenComments(ctx, d.legal, v); err != nil || len(all) != notice.MostOpenComments || !strings.HasPrefix(all[0].Body, "Comment 0") {
		t.Errorf("%d are open: %v", len(all), err)
	}
	if _, err := d.notices().ResolveComment(ctx, d.ops, last.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := d.notices().Comment(ctx, d.ops, v.ID, nil, "One more."); err != nil {
		t.Errorf("after one was resolved: %v", err)
	}
}
