package e2e

import "testing"

const customers = "E-Mail;Vorname;Kundennr;Bundesland;Sprache;last_mail;account_state;pw_hash\n" +
	"ana@example.com;Ana;C-10482;US-CA;en;2022-08-05;open;a8f\n" +
	"tom@example.net;Tom;C-10483;;en;2021-11-30;closed;b7c\n" +
	"jo@example.org;Jo;C-10511;US-TX;fr;2022-07-19;open;c6d\n" +
	"ana@example.com;Ana;C-10482;US-CA;en;2022-08-05;open;a8f\n" +
	"lea@example.org;Lea;C-1;FR;fr;2022-07-19;open;c6d;extra\n" +
	"not an address;X;C-1;FR;fr;2022-07-19;open;c6d\n" +
	"sam@example.com;Sam;C-9;US-MA;en;2020-07-19;open;c6d\n"

func TestThrow(t *testing.T) {
	for _, l := range []view{desk, {width: 390}} {
		w := open(t, l)
		s := "d"
		if l.width == 390 {
			s = "p"
		}
		w.signInAs("Cem")
		inc := w.newIncident("Mail provider breach " + s)
		w.visit(inc + "/lists")
		w.picture("/tmp/lists/" + s + "1.png")
		w.attach("file", "a.png", "\x89PNG\r\n\x1a\n0000")
		w.click("Upload")
		w.picture("/tmp/lists/" + s + "2.png")
		w.holds()
		w.attach("file", "customers.csv", customers)
		w.click("Upload")
		w.picture("/tmp/lists/" + s + "3.png")
		w.holds()
		if l.scripts {
			w.passesAxe()
		}
		list := w.where()
		w.choose("use.0", "ignore")
		w.click("Import 7 rows")
		w.picture("/tmp/lists/" + s + "4.png")
		w.holds()
		w.choose("use.0", "email")
		w.click("Import 7 rows")
		w.picture("/tmp/lists/" + s + "5.png")
		w.until(list, "new people")
		w.holds()
		w.picture("/tmp/lists/" + s + "6.png")
		w.visit(inc + "/lists")
		w.picture("/tmp/lists/" + s + "7.png")
		w.holds()
	}
}
