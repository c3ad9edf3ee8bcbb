// Package cohort decides who is told what: rules that select recipients of one
// incident, and the precedence by which each recipient ends in exactly one
// first cohort.
//
// A rule is a tree. Its leaves speak of rows: a leaf is true of a recipient if
// any row of that person satisfies it. So "plan ne pro" means that the person
// has a plan and no row says pro, while not{plan eq pro} is everyone else in
// the incident, people without a plan included.
//
// First cohorts overlap; Resolve gives each recipient to the one with the
// smallest precedence among those that match, drafts included. A placement
// that was written once never moves.
//
// An exclusion says of people that they are not told, for a reason. Before a
// freeze it keeps them out of the cohort: they are no members and have no
// placement, count as excluded, and stand in the cohort's exclusion list. After
// it they stay members, and their deliveries are excluded: by the next
// preflight, and, where a plan was made already, at once, for what is not handed
// over yet. Lifting an exclusion adds nobody to a cohort that is frozen and
// nobody to a plan that was made.
package cohort
