// Package config turns the environment into one validated struct.
//
// Contract. Read looks at every variable, and reports every mistake at once,
// each as the code of one sentence under the variable's name. Nothing is read
// anywhere else, and nothing later than the start. A secret may stand in a
// file instead, named by the variable with _FILE at its end; both at once are
// a mistake. Secrets never print themselves: not in logs, not in JSON, not
// with %v, and List masks them. What a command needs beyond the defaults it
// says with Require.
package config
