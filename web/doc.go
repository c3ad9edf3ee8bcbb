// Package web is the user interface: pages made on the server, one file a
// screen. Every decision works without scripts.
//
// A GET changes nothing. A POST carries a token of its session, and a key under
// which it counts once; what it asks for is done by one call of a service, and
// answered by a redirect, so that reload and Back are safe. What was refused is
// shown again with what was typed.
package web
