// Package incident keeps the breach that is being answered: its facts as dated
// versions, and the organisation that answers it.
//
// A changed fact is a new version of the whole document; nothing is rewritten,
// so that what was known when stays answerable. A plan freezes one version of
// both documents. An incident is open until legal closes it; a closed one takes
// no new work.
package incident
