// Package localstack runs a private PostgreSQL and a private Redis for one
// checkout: for `up`, and for the tests.
//
// Contract. Nothing of the system's own servers is used or touched. Both
// servers are durable (fsync and synchronous_commit stay on, Redis appends to
// its file each second and never evicts) and listen on unix sockets in a folder
// that nobody else may enter, so that there are no passwords and no ports. The
// operating system's user is the login: peer authentication, with a map from
// the user of this process to the three roles of the cluster.
//
// Started as root, the servers run as `postgres` or `nobody`. Where that user
// cannot enter the folder that was asked for, the data goes into the system's
// temporary folder under a hash of the path that was asked for, so that two
// checkouts never meet and the same checkout finds its data again.
//
// States. One process at a time owns a folder, by a lock that dies with it; a
// server that a killed owner left behind is stopped before a new one starts. A
// second start finds the data of the first. Nothing outlives its owner: servers
// are told by the kernel when it dies (Linux), and found by their pid files at
// the next start (everywhere).
package localstack
