package api

import (
	"context"

	"forthwith/internal/access"
	"forthwith/internal/filter"
	"forthwith/internal/httpguard"
	"forthwith/internal/id"
	"forthwith/internal/obligation"
)

// named is a thing as a path names it: the parameter, and how its id is read.
// A text that is no id of its kind is not found.
type named[N any] struct {
	parameter string
	parse     func(string) (N, error)
}

// The things that paths name.
var (
	anAlert      = named[id.Alert]{"alert", id.ParseAlert}
	anAmendment  = named[id.Amendment]{"amendment", id.ParseAmendment}
	aCampaign    = named[id.Campaign]{"campaign", id.ParseCampaign}
	aCohort      = named[id.Cohort]{"cohort", id.ParseCohort}
	aDelivery    = named[id.Delivery]{"delivery", id.ParseDelivery}
	aPool        = named[id.Pool]{"pool", id.ParsePool}
	aGate        = named[id.Gate]{"gate", id.ParseGate}
	anExclusion  = named[id.Exclusion]{"exclusion", id.ParseExclusion}
	anExport     = named[id.Export]{"export", id.ParseExport}
	anIncident   = named[id.Incident]{"incident", id.ParseIncident}
	aKey         = named[id.DKIMKey]{"key", id.ParseDKIMKey}
	aList        = named[id.List]{"list", id.ParseList}
	aNotice      = named[id.Notice]{"notice", id.ParseNotice}
	aRecipient   = named[id.Recipient]{"recipient", id.ParseRecipient}
	aRuleSet     = named[id.RuleSet]{"set", obligation.ParseRuleSet}
	aRelay       = named[id.Relay]{"relay", id.ParseRelay}
	aSender      = named[id.Sender]{"sender", id.ParseSender}
	aSuppression = named[id.Suppression]{"suppression", id.ParseSuppression}

	aSuppressionFile = named[id.SuppressionFile]{"file", id.ParseSuppressionFile}

	aToken   = named[id.Token]{"token", id.ParseToken}
	aUser    = named[id.User]{"user", id.ParseUser}
	aVersion = named[id.Version]{"version", id.ParseVersion}
	aComment = named[id.Comment]{"comment", id.ParseComment}
)

func (n named[N]) in(q request) (N, error) { return n.parse(q.Params(n.parameter)) }

// bodyOf reads a body that stands alone.
func bodyOf[B any](q request) (body B, err error) {
	err = q.decode(&body)
	return body, err
}

// bodyFor reads what the path names, then the body.
func bodyFor[B, N any](q request, thing named[N]) (no N, body B, err error) {
	if no, err = thing.in(q); err != nil {
		return no, body, err
	}
	body, err = bodyOf[B](q)
	return no, body, err
}

// changeOf reads what the path names, the version that the sender saw
// (If-Match, RFC 9110 13.1.1), then the body.
func changeOf[B, N any](q request, thing named[N]) (no N, seen int, body B, err error) {
	if no, err = thing.in(q); err != nil {
		return no, seen, body, err
	}
	if seen, err = httpguard.SeenVersion(q.Ctx); err != nil {
		return no, seen, body, err
	}
	body, err = bodyOf[B](q)
	return no, seen, body, err
}

// answering writes what a service gave.
type answering[T any] func(q request, got T) error

// then takes what a service returned: its error goes on, all else is answered.
func then[T any](q request, answer answering[T]) func(T, error) error {
	return func(got T, err error) error {
		if err != nil {
			return err
		}
		return answer(q, got)
	}
}

// as answers 200 with a view.
func as[T, V any](view func(T) V) answering[T] {
	return func(q request, got T) error { return q.JSON(view(got)) }
}

// one calls a service about what the path names.
func one[N, T any](q request, thing named[N], call func(context.Context, access.Actor, N) (T, error), answer answering[T]) error {
	no, err := thing.in(q)
	if err != nil {
		return err
	}
	return then(q, answer)(call(q.UserContext(), q.actor, no))
}

// gone calls a service that leaves nothing to answer with: 204.
func gone[N any](q request, thing named[N], call func(context.Context, access.Actor, N) error) error {
	no, err := thing.in(q)
	if err != nil {
		return err
	}
	if err := call(q.UserContext(), q.actor, no); err != nil {
		return err
	}
	return q.SendStatus(204)
}

// list answers a page of a collection that is read by ascending ids; number
// gives the id of an item.
func list[K ~int64, T, V any](q request, call func(context.Context, access.Actor, K, int, ...filter.Equal) ([]T, error), number func(T) K, view func(T) V) error {
	p, err := q.page()
	if err != nil {
		return err
	}
	got, err := call(q.UserContext(), q.actor, K(p.After), p.Ask(), q.where...)
	if err != nil {
		return err
	}
	return answerPage(q, p, got, func(item T) int64 { return int64(number(item)) }, view)
}

// whole makes a call out of one that takes no filters.
func whole[K ~int64, T any](call func(context.Context, access.Actor, K, int) ([]T, error)) func(context.Context, access.Actor, K, int, ...filter.Equal) ([]T, error) {
	return func(ctx context.Context, by access.Actor, after K, limit int, _ ...filter.Equal) ([]T, error) {
		return call(ctx, by, after, limit)
	}
}

// listIn is list within what the path names.
func listIn[N any, K ~int64, T, V any](q request, thing named[N], call func(context.Context, access.Actor, N, K, int, ...filter.Equal) ([]T, error), number func(T) K, view func(T) V) error {
	no, err := thing.in(q)
	if err != nil {
		return err
	}
	within := func(ctx context.Context, by access.Actor, after K, limit int, where ...filter.Equal) ([]T, error) {
		return call(ctx, by, no, after, limit, where...)
	}
	return list(q, within, number, view)
}

// orNone gives null for an id, a number or a text that is none.
func orNone[N ~int | ~int64 | ~string](n N) *N {
	var none N
	if n == none {
		return nil
	}
	return &n
}

// views gives each of some things as it is answered; none is an empty list.
func views[T, V any](all []T, view func(T) V) []V {
	out := make([]V, len(all))
	for i, one := range all {
		out[i] = view(one)
	}
	return out
}
