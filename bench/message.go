package main

import (
	"strings"

	"forthwith/internal/sample"
)

// paragraph is filler in plain words: both sides send about 6 kB in two parts.
const paragraph = "We are writing because the company that sends e-mail for us was broken into. Your e-mail address and the name of your account may have been seen by strangers. Passwords and payment data were not stored there."

// message is what the product sends: four values of the person.
var message = sample.Text{Locale: "en", Jurisdictions: []string{}, Subject: "A notice about your account",
	Body: "Dear {{recipient.name}},\n\n" + strings.Repeat(paragraph+"\n\n", 3) + "Account {{list merge.account}}, code {{notice.code}}, from {{org.name}}.\n"}

// loopText and loopHTML are what the bare loop executes for each message.
var (
	loopText = "Dear {{.Name}},\n\n" + strings.Repeat(paragraph+"\n\n", 8) + "Account {{.Account}}, code {{.Code}}, from {{.Org}}.\n"
	loopHTML = "<html><body><p>Dear {{.Name}},</p>" + strings.Repeat("<p style=\"margin:0 0 16px\">"+paragraph+"</p>\n", 13) + "<p>Account {{.Account}}, code {{.Code}}, from {{.Org}}.</p></body></html>"
)

// values are one person's in the bare loop.
type values struct{ Name, Account, Code, Org string }
