// Package relay keeps the SMTP servers that mail is handed to.
//
// What decides where mail goes and how fast is a revision: a plan is approved
// with one, and a change makes another. Name and password stand beside it, so
// that changing a password voids no approval. A password is sealed and never
// told again.
package relay
