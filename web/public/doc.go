// Package public is the listener for people whom nobody knows: a page on which
// somebody types the code of a notice, and the same for programs.
//
//	GET  /       the page, in the language that the browser asks for, or ?lang=
//	POST /check  a code, as a form or as {"code": …}: genuine with its facts,
//	             withdrawn, or unknown
//
// It knows no session, sets no cookie, needs no script, and stands on the
// database alone. The code travels in the body only, and is neither logged nor
// kept. All answers of one kind are finished before they are asked for and have
// one length (sheets.go), so that neither bytes nor time tell more than the
// answer does.
package public
