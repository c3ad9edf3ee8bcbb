// Package notice holds the texts that people are told: written in Markdown
// with merge fields, compiled once when a version is made, approved by its
// hash, and rendered for each person from values alone.
//
// A merge field is {{group.field}} or, where one person may have several
// values, {{list group.field}}; nothing else may stand between double braces.
// Fields are read as parts of the Markdown text, so that a value is never
// parsed again: whatever it holds, it stays text. Raw HTML, pictures and forms
// are refused; a link leads to a host that is written out, or to a fact of the
// plan, and never to anything that differs from person to person.
//
// A version is draft, in_review, approved, rejected or withdrawn:
//
//	draft → in_review → approved → withdrawn
//	                  ↘ rejected
//
// It never changes. An edit makes a new version in state draft.
package notice
