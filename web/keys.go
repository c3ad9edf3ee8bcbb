package web

import (
	"github.com/gofiber/fiber/v2"

	"forthwith/internal/phrase"
	"forthwith/web/views"
)

// keys are the single keys that lead to pages, where scripts run and the
// account has them on. A page that is not there for somebody has none.
var keys = []struct{ key, url, code string }{
	{"h", "/", "home_title"}, {"l", "/lookup", "nav_lookup"}, {"j", "/ledger", "nav_ledger"}, {"r", "/relays", "nav_relays"},
	{"s", "/senders", "nav_senders"}, {"o", "/organisation", "nav_organisation"}, {"w", ruleSetsURL, "nav_rules"}, {"u", "/users", "nav_users"}, {"a", "/account", "keys_account"},
}

func (w *site) keyRoutes(app *fiber.App) { w.get(app, "/keys", w.showKeys) }

type keysBody struct {
	On   bool
	Rows []views.Key
}

func (w *site) showKeys(v *visit) error {
	b := keysBody{On: v.who.User.Settings.Keys, Rows: v.keys()}
	return v.show("keys", views.Page{Title: phrase.Say("keys_title", nil), Body: b})
}

// keys gives those of the reader.
func (v *visit) keys() []views.Key {
	there := map[string]bool{"/": true, "/account": true}
	for _, l := range v.nav() {
		there[l.URL] = true
	}
	all := []views.Key{{Key: "?", URL: "/keys", Text: phrase.Say("keys_title", nil)}}
	for _, k := range keys {
		if there[k.url] {
			all = append(all, views.Key{Key: k.key, URL: k.url, Text: phrase.Say(k.code, nil)})
		}
	}
	return all
}
