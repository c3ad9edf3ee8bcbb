package sample

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Customer is one made-up row of the customer export.
type Customer struct {
	Email, Name, Account, Jurisdiction, Locale, Plan, Since string
}

// Lists are the two files of the sample: the customer export and the
// password-reset log, which overlap.
type Lists struct {
	Customers []byte // CSV with ; as spreadsheets write it in much of Europe
	Resets    []byte // CSV
	Exposed   int    // different addresses in Customers
	Reset     int    // different addresses in Resets
}

// Make makes the lists for so many customers, always the same for a seed. Dirt
// is part of it: repeated rows, several accounts of one address, rows without
// an address, and rows that no import can take.
func Make(customers int, seed uint64) Lists {
	g := &generator{rand: rand.New(rand.NewPCG(seed, 0x5eed)), seen: map[string]bool{}}
	var rows []Customer
	for i := range customers {
		rows = append(rows, g.customer(i))
	}
	resets := g.resets(rows)
	return Lists{Customers: g.customerFile(rows), Resets: resets, Exposed: len(g.seen), Reset: min(120, customers/2)}
}

type generator struct {
	rand *rand.Rand
	seen map[string]bool
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (g *generator) customer(i int) Customer {
	first, last := pick(g.rand, given), pick(g.rand, family)
	at := g.rand.IntN(100)
	place := where[0]
	for _, w := range where {
		if at -= w.share; at < 0 {
			place = w
			break
		}
	}
	c := Customer{
		Email: fmt.Sprintf("%s%d@%s", latin(first), i, pick(g.rand, domains)), Name: first + " " + last, Account: fmt.Sprintf("LC-%06d", 100000+i),
		Jurisdiction: place.jurisdiction, Locale: place.locale, Plan: pick(g.rand, plans), Since: fmt.Sprintf("20%02d-%02d-%02d", 12+g.rand.IntN(11), 1+g.rand.IntN(12), 1+g.rand.IntN(28)),
	}
	g.seen[c.Email] = true
	return c
}

// latin keeps letters that every mail system takes in a local part.
func latin(name string) string {
	out := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, name)
	if out == "" {
		return "kunde"
	}
	return out
}

// customerFile writes the export with its dirt: for every hundred customers two
// repeated rows, one second account, and, more rarely, a row without an address
// and rows that are broken.
func (g *generator) customerFile(rows []Customer) []byte {
	var b strings.Builder
	b.WriteString("\ufeffE-Mail;Name;Account;Jurisdiction;Locale;Plan;Customer since\r\n")
	for i, c := range rows {
		write(&b, c)
		switch {
		case i%50 == 17:
			write(&b, c)
		case i%100 == 42:
			second := c
			second.Account = fmt.Sprintf("LC-%06d", 900000+i)
			write(&b, second)
		case i%500 == 77:
			write(&b, Customer{Name: pick(g.rand, given) + " " + pick(g.rand, family), Account: fmt.Sprintf("LC-%06d", 800000+i), Jurisdiction: "US-CA", Locale: "en", Plan: "free", Since: "2014-05-05"})
		case i%1000 == 123:
			b.WriteString("no address here;Somebody;LC-000001;DE;de;free;2019-01-01\r\n")
			b.WriteString("two@example.com, three@example.com;Two People;LC-000002;FR;fr;team;2018-02-02\r\n")
			b.WriteString("short@example.net;Cut Off\r\n")
		}
	}
	return []byte(b.String())
}

func write(b *strings.Builder, c Customer) {
	name := c.Name
	if strings.ContainsAny(name, `;"`) {
		name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	}
	fmt.Fprintf(b, "%s;%s;%s;%s;%s;%s;%s\r\n", c.Email, name, c.Account, c.Jurisdiction, c.Locale, c.Plan, c.Since)
}

// resets writes the log of password resets that one address on the network
// asked for: all of them customers.
func (g *generator) resets(rows []Customer) []byte {
	var b strings.Builder
	b.WriteString("email,reset_at,account_secured\n")
	for i := range min(120, len(rows)/2) {
		c := rows[(i*37)%len(rows)]
		fmt.Fprintf(&b, "%s,2026-08-07T%02d:%02d:00Z,yes\n", c.Email, 2+i/40, i%60)
	}
	return []byte(b.String())
}
