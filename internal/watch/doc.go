// Package watch tells people at once what they would otherwise have to find: a
// relay that fails or is not what it was, a campaign that stopped by itself or
// that no relay carries, a decision that legal owes for too long. An alert stands
// until somebody acknowledges it, or what it tells of is over.
package watch
