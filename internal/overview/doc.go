// Package overview tells where an incident stands and who has to act next: what
// the home page, the bar of an incident and its list of tasks show. It decides
// nothing: every figure is read, and who may act follows from the same rules as
// the action itself.
package overview
