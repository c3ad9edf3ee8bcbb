// Package watch tells people at once what they would otherwise have to find: a
// relay that fails or is not what it was, a campaign that stopped by itself or
// that no relay carries. An alert stands until somebody acknowledges it.
package watch
