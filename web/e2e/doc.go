// Package e2e drives the user interface in a real Chromium, against a stack as
// `forthwith up` starts it for a newcomer: the sample incident, its capture
// inbox, and the people of the sample. Its tests are the acceptance of the
// pages: journeys by click and by keyboard, with and without scripts, and what
// must hold for every page at every width in both schemes.
package e2e
