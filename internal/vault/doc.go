// Package vault holds the keys and everything that is done with them: sealing
// identifiers of persons, blind indexes over them, digests of persons, values
// and codes.
//
// A master key, which never enters the database, wraps two sorts of keys:
//
//   - installation keys, one for each purpose, which live as long as the
//     installation: they name domains, codes, message ids and return paths, and
//     seal settings such as a relay's password;
//   - for each incident a data key, from which sealing and blind indexes are
//     derived, and a proof key, which makes every digest of a person in roots
//     and leaves. Destroying the data key makes the persons unreadable and the
//     proofs keep holding.
//
// Sealing is AES-256-GCM with associated data that names column and row, so
// that a ciphertext moved to another row does not open. Indexes are AES-CMAC
// (RFC 4493) with 16 bytes, digests HMAC-SHA-256 (RFC 2104).
package vault
