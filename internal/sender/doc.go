// Package sender keeps sender identities: who a notice comes from, where
// answers and bounces go, and which hosts it may link to.
//
// A change is a new revision; a plan is approved with one of them.
package sender
