// Package stage sets up the program in its production form on this machine, for
// fault runs and benchmarks: real processes of the real binary over a database
// of their own, with a scripted relay at the other end.
package stage
