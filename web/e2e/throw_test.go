package e2e

import "testing"

const customersT = "E-Mail;Vorname;Kundennr;Bundesland;Sprache;last_mail;plan;pw_hash\n" +
	"ana@example.com;Ana;C-10482;US-CA;en;2022-08-05;open;a8f\n" +
	"tom@example.net;Tom;C-10483;;en;2021-11-30;closed;b7c\n" +
	"jo@example.org;Jo;C-10511;US-TX;fr;2022-07-19;open;c6d\n" +
	"ana@example.com;Ana;C-10482;US-CA;en;2022-08-05;open;a8f\n" +
	"sam@example.com;Sam;C-9;US-MA;en;2020-07-19;open;c6d\n"

func TestThrow(t *testing.T) {
	for _, l := range []view{desk, {width: 390}} {
		w := open(t, l)
		s := "d"
		if l.width == 390 {
			s = "p"
		}
		look := func(n string) {
			w.picture("/tmp/lists/" + s + n + ".png")
			w.holds()
			if l.scripts {
				w.passesAxe()
			}
		}
		w.signInAs("Cem")
		inc := w.newIncident("Mail provider breach " + s)
		w.visit(inc + "/cohorts")
		look("c0")
		w.visit(inc + "/lists")
		w.attach("file", "customers.csv", customersT)
		w.click("Upload")
		look("c00")
		list := w.where()
		w.click("Import 5 rows")
		w.until(list, "new people")
		w.click("Build a cohort of it")
		look("c1")
		w.click("Add group")
		w.choose("r.1.0.what", "attribute:plan")
		w.fill("r.1.0.value", "open")
		w.click("Add line")
		look("c2")
		w.click("Save")
		look("c3")
		w.visit(inc + "/cohorts/new")
		w.fill("name", "Exposed")
		w.click("Save")
		look("c4")
		c := w.where()
		w.visit(inc + "/cohorts/new")
		w.fill("name", "Reset")
		w.fill("precedence", "5")
		w.click("Add line")
		w.choose("r.1.what", "attribute:plan")
		w.fill("r.1.value", "open")
		w.click("Show size")
		look("c5")
		w.click("Save")
		w.visit(inc + "/cohorts")
		look("c6")
		w.visit(c)
		look("c7")
		w.visit(c + "/delete")
		look("c8")
		w.visit(c + "/freeze")
		look("c9")
		w.click("Freeze 1 person")
		look("c10")
		w.until(c, "Plan a campaign")
		look("c11")
		w.click("•••@")
		look("c12")
	}
}
