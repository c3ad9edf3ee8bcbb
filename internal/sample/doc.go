// Package sample holds the sample incident and the demo: an invented company
// whose e-mail provider was breached, its two overlapping lists, its texts and
// its people, all carried through the public HTTP API like anybody's incident.
//
// The company, the people and every address are made up; addresses use reserved
// names (RFC 2606, RFC 6761) and go to the capture inbox only.
package sample
