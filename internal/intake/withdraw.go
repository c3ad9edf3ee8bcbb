package intake

import (
	"context"
	"errors"
	"strings"
	"time"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/id"
	"forthwith/internal/ledger"
	"forthwith/internal/task"
)

// Withdrawal is how an imported list is taken back. Its rows stay on record;
// they tell nothing about anybody any more.
type Withdrawal struct {
	By     id.User
	Reason string
	At     time.Time // when it was asked for
	Done   time.Time // zero: it is still under way
	Left   int64     // people whom no other list has
}

// Hanging is what hangs on a list.
type Hanging struct {
	People  int64 // with a row in it
	Only    int64 // of them, whom no other list has
	Told    int64 // of those, to whom a relay was or is being asked to bring a notice
	Cohorts []HangingCohort
	Sends   []HangingSend
}

// HangingCohort is a cohort that draws on a list. Members are, of a frozen one,
// those whom no other list has.
type HangingCohort struct {
	ID      id.Cohort
	Name    string
	Frozen  bool
	Members int64
}

// HangingSend is a campaign under way to people of a list: it must end first.
type HangingSend struct {
	ID   id.Campaign
	Name string
}

// Withdrawals takes imported lists back.
type Withdrawals interface {
	Hanging(ctx context.Context, l List) (Hanging, error)
	// Withdraw works out in one transaction what people are without a list, and
	// ends in finish. No import and no freeze of the incident comes between. Beside
	// another run for the same list it fails with task.ErrRunsAlready.
	Withdraw(ctx context.Context, l List, finish func(tx Tx, left int64, at time.Time) error) error
}

// Hanging tells what hangs on an imported list, before it is withdrawn.
func (s Service) Hanging(ctx context.Context, by access.Actor, no id.List) (List, Hanging, error) {
	l, err := s.Get(ctx, by, no)
	if err != nil {
		return l, Hanging{}, err
	}
	if l.State != Imported {
		return l, Hanging{}, l.wrongState()
	}
	h, err := s.Withdrawals.Hanging(ctx, l)
	return l, h, err
}

// Withdraw asks to take an imported list back, which runs as a task. Whoever
// has no other list is no longer among the incident's people; frozen cohorts
// keep their members, and who was told stays told. rows is the number of the
// list's rows that the person gave; nil means that they were not asked.
func (s Service) Withdraw(ctx context.Context, by access.Actor, no id.List, reason string, rows *int64) (List, error) {
	if err := access.ImportLists.Allow(by); err != nil {
		return List{}, err
	}
	reason = strings.TrimSpace(reason)
	if err := checkReason(reason); err != nil {
		return List{}, err
	}
	var l List
	err := s.Store.Do(ctx, func(tx Tx) error {
		var err error
		if l, err = tx.Lock(no); err != nil {
			return err
		}
		if rows != nil && *rows != l.Counts.Rows {
			return fault.Wrong("confirm_rows", "withdraw_count", fault.Values{"typed": *rows, "rows": l.Counts.Rows})
		}
		if l, err = l.takeBack(Withdrawal{By: by.User, Reason: reason}); err != nil {
			return err
		}
		if err := tx.Save(l); err != nil {
			return err
		}
		if err := tx.Record(ledger.New(by, ledger.ListLeaving, no).In(int64(l.Incident)).With(map[string]any{"sha256": l.SHA256, "reason": reason})); err != nil {
			return err
		}
		return tx.Enqueue(task.Task{Name: task.WithdrawList, Object: int64(no)})
	})
	if err != nil {
		return l, err
	}
	return s.Store.List(ctx, no)
}

const longestReason = 2000

func checkReason(reason string) error {
	switch {
	case reason == "":
		return fault.Wrong("reason", "field_missing", fault.Values{"name": "reason"})
	case len([]rune(reason)) > longestReason:
		return fault.Wrong("reason", "field_too_long", fault.Values{"name": "reason", "limit": longestReason})
	}
	return nil
}

// WithdrawNow does what was asked for. A second run finds it done. While a
// campaign is under way to people of the list it is refused, and the list tells
// so and stands.
func (s Service) WithdrawNow(ctx context.Context, no id.List) error {
	l, err := s.Store.List(ctx, no)
	if err != nil || !l.Leaving() {
		return err
	}
	err = s.Withdrawals.Withdraw(ctx, l, func(tx Tx, left int64, at time.Time) error {
		l, err := tx.Lock(no)
		if err != nil || !l.Leaving() {
			return err
		}
		l = l.left(left, at)
		if err := tx.Save(l); err != nil {
			return err
		}
		if err := tx.ReviewGates(l.Incident); err != nil {
			return err
		}
		return tx.Record(ledger.New(access.System, ledger.ListWithdrawn, no).In(int64(l.Incident)).With(map[string]any{"sha256": l.SHA256, "left_recipients": left}))
	})
	if errors.Is(err, task.ErrRunsAlready) {
		return nil
	}
	if f, ok := fault.As(err); ok && f.Kind == fault.Conflict {
		return s.settle(ctx, no, ledger.ListStays, func(now List) (List, error) { return now.stay(l.Withdrawal.At, f) })
	}
	return err
}

// Leaving tells whether a list is being withdrawn.
func (l List) Leaving() bool { return l.State == Imported && l.Withdrawal != nil }

func (l List) takeBack(w Withdrawal) (List, error) {
	switch {
	case l.State != Imported:
		return l, l.wrongState()
	case l.Withdrawal != nil:
		return l, fault.New(fault.Conflict, "list_leaving", nil)
	}
	l.Withdrawal, l.Failure = &w, nil
	return l, nil
}

func (l List) left(people int64, at time.Time) List {
	w := *l.Withdrawal
	w.Left, w.Done = people, at
	l.State, l.Withdrawal = Withdrawn, &w
	return l
}

// stay keeps a list that could not be withdrawn as it was asked for then. What
// was asked for again since is not refused by that.
func (l List) stay(asked time.Time, why *fault.Fault) (List, error) {
	if !l.Leaving() || !l.Withdrawal.At.Equal(asked) {
		return l, l.wrongState()
	}
	l.Withdrawal, l.Failure = nil, &Failure{Code: why.Code, Values: why.Values}
	return l, nil
}
