package lint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"forthwith/internal/fault"
)

// linksOf holds every link against what readers can trust.
func (c *checker) linksOf(r *reading) {
	for _, l := range r.links {
		if t := fill(l.target, r.facts); !strings.Contains(t, "://{{") && !strings.HasPrefix(t, "{{") {
			c.link(r, l, t)
		}
	}
	for field, line := range r.fields {
		for _, target := range addresses(field, r.facts[field]) {
			c.link(r, link{label: target, target: target, line: line}, target)
		}
	}
}

// addresses gives the links that a mail program makes of a fact.
func addresses(field, value string) []string {
	var all []string
	for word := range strings.FieldsSeq(value) {
		word = strings.Trim(word, ".,;:!?()<>\"'“”‘’")
		if strings.Contains(word, "://") || field == "contact.url" || field == "offer.enrol_url" {
			all = append(all, word)
		}
	}
	return all
}

// link reads one target as a browser does, and names everything that is wrong
// with it. mailto and tel lead nowhere.
func (c *checker) link(r *reading, l link, target string) {
	bad := func(rule string, s Severity, shown string) { c.say(r, s, rule, l.line, fault.Values{"target": shown}) }
	u, err := url.Parse(replaced(target, func(fieldAt) string { return "x" }))
	if err != nil {
		bad("link_unreadable", Block, "")
		return
	}
	switch strings.ToLower(u.Scheme) {
	case "mailto", "tel":
		if u.RawQuery != "" {
			bad("link_prefilled", Block, u.Scheme)
		}
		return
	case "":
		u, err = url.Parse("https://" + target) // a fact written without it
		if err != nil {
			bad("link_unreadable", Block, "")
			return
		}
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	switch {
	case strings.ToLower(u.Scheme) != "https":
		bad("link_scheme", Block, host)
	case u.User != nil || strings.Contains(u.Host, "@"):
		bad("link_user", Block, host)
	case u.Port() != "":
		bad("link_port", Block, host)
	}
	c.target(r, l, u, host, bad)
}

// target judges where a link leads.
func (c *checker) target(r *reading, l link, u *url.URL, host string, bad func(string, Severity, string)) {
	switch {
	case isAddress(host):
		bad("link_address", Block, host)
	case strings.Contains(host, "xn--") || !ascii(host):
		bad("link_letters", Block, host)
	case below(host, redirectors) || u.Query().Has("url") || redirectPath.MatchString(u.Path):
		bad("link_redirects", Block, host)
	case slices.Contains(c.Hosts, host):
	case resembles(host, c.Hosts) != "":
		c.say(r, Block, "link_resembles", l.line, fault.Values{"target": host, "approved": resembles(host, c.Hosts)})
	default:
		bad("link_host", Block, host)
	}
	if isLogin(host, u, l.label) {
		bad("link_login", Block, host+u.Path)
	}
	for key := range u.Query() {
		if slices.Contains(trackers, lower(key)) || strings.HasPrefix(lower(key), "utm_") {
			bad("link_tracks", Block, key)
		}
	}
	c.shown(r, l, host, bad)
}

// shown holds the words of a link against its target: they are the same, but
// for the scheme, www and a slash at the end.
func (c *checker) shown(r *reading, l link, host string, bad func(string, Severity, string)) {
	label := fill(l.label, r.facts)
	if address(label) == address(fill(l.target, r.facts)) {
		return
	}
	bad("link_text", Warn, host)
	for name := range hostsIn(label) {
		if strings.TrimPrefix(name, "www.") != strings.TrimPrefix(host, "www.") {
			bad("link_disguised", Block, host)
		}
	}
}

func address(target string) string {
	_, rest, found := strings.Cut(lower(strings.TrimSpace(target)), "://")
	if !found {
		rest = lower(strings.TrimSpace(target))
	}
	return strings.TrimSuffix(strings.TrimPrefix(rest, "www."), "/")
}

// loginWords are parts of a path or a host that ask for a password.
var loginWords = []string{"login", "log-in", "logon", "signin", "sign-in", "sign_in", "signon", "auth", "oauth", "oauth2", "sso", "saml", "session", "sessions",
	"reset", "password", "passwort", "passwords", "forgot", "recover", "recovery", "unlock", "activate", "verify", "verification", "confirm",
	"anmelden", "anmeldung", "einloggen", "connexion", "identification", "iniciar-sesion", "acceso", "contrasena", "mot-de-passe"}

var pathParts = regexp.MustCompile(`[/.?&=#;]+`)

// isLogin tells whether a link leads to where one signs in or sets a password,
// by its host, its path, its query or the words that are shown for it.
func isLogin(host string, u *url.URL, label string) bool {
	whole := lower(host + "/" + u.Path + "?" + u.RawQuery + "#" + u.Fragment)
	for _, part := range pathParts.Split(whole, -1) {
		for _, w := range loginWords {
			if part == w || strings.HasPrefix(part, w+"-") || strings.HasPrefix(part, w+"_") || strings.HasSuffix(part, "-"+w) || strings.HasSuffix(part, "_"+w) {
				return true
			}
		}
	}
	return anyWord(lower(label), loginLabels)
}

// loginLabels are words of a link that ask to sign in.
var loginLabels = []string{"log in", "login", "sign in", "reset your password", "reset password", "change your password", "verify your", "confirm your",
	"anmelden", "einloggen", "passwort zurücksetzen", "passwort ändern", "se connecter", "connectez-vous", "réinitialiser", "iniciar sesión", "inicie sesión", "restablecer"}

// spelledHosts looks at host names in the running text: people type them.
func (c *checker) spelledHosts(r *reading) {
	known := slices.Clone(c.Hosts)
	for _, contact := range c.Contacts {
		known = append(known, contact.Domains...)
	}
	for name, line := range r.names {
		switch {
		case mixed(name):
			c.say(r, Block, "host_mixed", line, fault.Values{"target": name})
		case strings.Contains(name, "xn--"):
			c.say(r, Block, "host_mixed", line, fault.Values{"target": name})
		case below(name, redirectors):
			c.say(r, Block, "link_redirects", line, fault.Values{"target": name})
		case !below(name, known) && resembles(name, known) != "":
			c.say(r, Block, "host_resembles", line, fault.Values{"target": name, "approved": resembles(name, known)})
		}
	}
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// trackers are parameters by which senders tell who followed a link.
var trackers = []string{"gclid", "fbclid", "msclkid", "dclid", "yclid", "mc_eid", "mc_cid", "_hsenc", "_hsmi", "mkt_tok", "vero_id", "oly_enc_id", "oly_anon_id", "ck_subscriber_id", "s_cid", "igshid", "wickedid", "trk", "trkcampaign", "subscriber_id", "recipient_id", "uid", "eid", "email"}

// redirectPath finds paths that lead on to somewhere else.
var redirectPath = regexp.MustCompile(`(?i)/(?:redirect|redir|goto|out|click|track|ls/click|wf/click|e/c)(?:/|$|\.)`)

// redirectors shorten links, or count who follows them.
var redirectors = []string{
	"bit.ly", "bitly.com", "t.co", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "v.gd", "buff.ly", "lnkd.in", "rebrand.ly", "cutt.ly", "t.ly", "rb.gy",
	"shorturl.at", "tiny.cc", "bl.ink", "s.id", "dub.sh", "soo.gd", "qr.ae", "trib.al", "fb.me", "youtu.be", "amzn.to", "adf.ly", "t.me", "wa.me", "linktr.ee", "qrco.de", "shorte.st", "dlvr.it", "ift.tt", "mcaf.ee", "x.co",
	"safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com", "l.facebook.com", "lm.facebook.com", "list-manage.com", "mailchi.mp",
	"sendgrid.net", "ct.sendgrid.net", "mandrillapp.com", "awstrack.me", "hubspotlinks.com", "hs-sites.com", "mjt.lu", "sparkpostmail.com", "rs6.net", "createsend.com", "cmail19.com", "cmail20.com", "exct.net", "pardot.com", "mkto.com", "sendibm1.com", "sendinblue.com", "klclick.com", "klclick1.com", "mailgun.org", "postmarkapp.com",
}
