package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"forthwith/internal/access"
	"forthwith/internal/fault"
	"forthwith/internal/filter"
	"forthwith/internal/id"
	"forthwith/internal/phrase"
	"forthwith/internal/relay"
	"forthwith/web/views"
)

// Relays keeps relays.
type Relays interface {
	Create(ctx context.Context, by access.Actor, c relay.Change) (relay.Relay, error)
	Change(ctx context.Context, by access.Actor, no id.Relay, seen int, c relay.Change) (relay.Relay, error)
	Get(ctx context.Context, by access.Actor, no id.Relay) (relay.Relay, error)
	List(ctx context.Context, by access.Actor, after id.Relay, limit int, where ...filter.Equal) ([]relay.Relay, error)
	Shutting
}

func (w *site) relayRoutes(app *fiber.App) {
	w.get(app, "/relays", w.listRelays)
	w.get(app, "/relays/new", w.newRelay)
	w.post(app, "/relays/new", w.makeRelay)
	w.get(app, "/relays/:relay", w.showRelay)
	w.post(app, "/relays/:relay", w.changeRelay)
	w.quarantineRoutes(app)
}

type relaysBody struct {
	Rows    []relayRow
	Pages   views.Pages
	MayEdit bool
}

type relayRow struct {
	Name, URL, Place, TLS string
	State                 views.Said
	Took, Failed          *views.When
	Rate                  string
	Connections           int
}

func (w *site) listRelays(v *visit) error {
	after, err := v.after()
	if err != nil {
		return err
	}
	all, err := w.Relays.List(v.UserContext(), v.actor(), id.Relay(after), pageLength+1)
	if err != nil {
		return err
	}
	b := relaysBody{MayEdit: mayBy(access.EditSettings, v)}
	all, b.Pages = paged(v, all, func(r relay.Relay) int64 { return int64(r.ID) })
	for _, r := range all {
		b.Rows = append(b.Rows, relayRow{Name: r.Name, URL: "/relays/" + r.ID.String(), Place: r.Host + ":" + strconv.Itoa(r.Port), TLS: phrase.Say("tls_"+string(r.TLS), nil),
			State: saidRelay(r.State), Took: v.whenSet(r.AcceptedAt), Failed: v.whenSet(r.FailedAt), Rate: rateText(r.MaxRatePerSecond), Connections: r.MaxConnections})
	}
	return v.show("relays", views.Page{Title: phrase.Say("relays_title", nil), Body: b})
}

func rateText(perSecond float64) string { return strconv.FormatFloat(perSecond, 'f', -1, 64) }

type relayBody struct {
	Path        string
	Fresh       bool
	MayEdit     bool
	Relay       relay.Relay
	Port, Rate  string
	Connections string
	WarmUp      string // messages a day, with commas between
	WarmUpFrom  string
	State       views.Said
	TLS, Auth   []views.Option
	Shut        action // quarantine or release, where the reader may
	Contacted   string
	History     []happening
}

func (v *visit) relayBody(r relay.Relay, path string) relayBody {
	b := relayBody{Path: path, Relay: r, MayEdit: mayBy(access.EditSettings, v), State: saidRelay(r.State), Port: strconv.Itoa(r.Port), Rate: rateText(r.MaxRatePerSecond),
		Connections: strconv.Itoa(r.MaxConnections)}
	if r.WarmUp != nil {
		b.WarmUpFrom, b.WarmUp = r.WarmUp.From, joinNumbers(r.WarmUp.PerDay)
	}
	for _, t := range []relay.TLS{relay.StartTLS, relay.Implicit, relay.None} {
		b.TLS = append(b.TLS, views.Option{Value: string(t), Text: phrase.Say("relay_tls_"+string(t), nil), Chosen: t == r.TLS})
	}
	for _, a := range []relay.Auth{relay.Auto, relay.Plain, relay.Login, relay.Scram, relay.XOAuth2, relay.NoAuth} {
		b.Auth = append(b.Auth, views.Option{Value: string(a), Text: phrase.Say("relay_auth_"+string(a), nil), Chosen: a == r.Auth})
	}
	return b
}

func toRelays() *views.Link {
	return &views.Link{Text: phrase.Say("relays_title", nil), URL: "/relays"}
}

func (v *visit) newRelayPage() views.Page {
	r := relay.Relay{Settings: relay.Settings{Port: 587, TLS: relay.StartTLS, Auth: relay.Auto, MaxRatePerSecond: 50, MaxConnections: 16}}
	b := v.relayBody(r, "/relays/new")
	b.Fresh = true
	return views.Page{Title: phrase.Say("relay_new_title", nil), Back: toRelays(), Body: b}
}

func (w *site) newRelay(v *visit) error {
	if err := access.EditSettings.Allow(v.actor()); err != nil {
		return err
	}
	return v.show("relay", v.newRelayPage())
}

func (w *site) makeRelay(v *visit) error {
	v.refused(func(v *visit, err error) error { return v.showAgain("relay", v.newRelayPage(), err) })
	change, err := v.relayChange()
	if err != nil {
		return err
	}
	if _, err := w.Relays.Create(v.UserContext(), v.actor(), change); err != nil {
		return err
	}
	return v.to("/relays")
}

func (v *visit) relayPage() (views.Page, error) {
	r, err := v.relay()
	if err != nil {
		return views.Page{}, err
	}
	b := v.relayBody(r, relayURL(r.ID))
	if err := v.relayState(&b); err != nil {
		return views.Page{}, err
	}
	return views.Page{Title: r.Name, Back: toRelays(), Body: b}, nil
}

func (w *site) showRelay(v *visit) error {
	p, err := v.relayPage()
	if err != nil {
		return err
	}
	return v.show("relay", p)
}

func (w *site) changeRelay(v *visit) error {
	v.refused(onScreen("relay", (*visit).relayPage))
	no, err := id.ParseRelay(v.Params("relay"))
	if err != nil {
		return err
	}
	seen, err := v.seen()
	if err != nil {
		return err
	}
	change, err := v.relayChange()
	if err != nil {
		return err
	}
	if _, err := w.Relays.Change(v.UserContext(), v.actor(), no, seen, change); err != nil {
		return err
	}
	return v.to("/relays")
}

// relayChange reads the form. An empty password leaves the one that is kept.
func (v *visit) relayChange() (relay.Change, error) {
	name, host, user := v.field("name"), v.field("host"), v.field("username")
	tls, auth := relay.TLS(v.field("tls")), relay.Auth(v.field("auth"))
	c := relay.Change{Name: &name, Host: &host, TLS: &tls, Auth: &auth, Username: &user}
	var wrong []fault.Field
	number := func(field string) int {
		n, err := strconv.Atoi(plainNumber(v.field(field)))
		if err != nil {
			wrong = append(wrong, fault.Field{Name: field, Code: "number_expected", Values: fault.Values{"name": field}})
		}
		return n
	}
	port, connections := number("port"), number("max_connections")
	rate, err := strconv.ParseFloat(plainNumber(v.field("max_rate_per_second")), 64)
	if err != nil {
		wrong = append(wrong, fault.Field{Name: "max_rate_per_second", Code: "number_expected", Values: fault.Values{"name": "max_rate_per_second"}})
	}
	c.Port, c.MaxConnections, c.MaxRatePerSecond = &port, &connections, &rate
	warm, ok := readWarmUp(v.field("warm_up_from"), v.field("warm_up"))
	if !ok {
		wrong = append(wrong, fault.Field{Name: "warm_up", Code: "warm_up_unread"})
	}
	c.WarmUp = &warm
	shut := v.field("quarantine_on_tls_failure") != ""
	c.ShutOnTLSFailure = &shut
	if password := v.form.Get("password"); password != "" {
		c.Password = &password
	}
	return c, fault.Wrongs(wrong)
}

func joinNumbers(all []int64) string {
	parts := make([]string, len(all))
	for i, n := range all {
		parts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(parts, ", ")
}

// readWarmUp reads "50, 100, 500" and the first day; both may be empty.
func readWarmUp(from, perDay string) (relay.WarmUp, bool) {
	w := relay.WarmUp{From: from}
	for part := range strings.SplitSeq(perDay, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.ParseInt(plainNumber(part), 10, 64)
		if err != nil {
			return w, false
		}
		w.PerDay = append(w.PerDay, n)
	}
	return w, true
}
