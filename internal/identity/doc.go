// Package identity knows the staff: users with one role each, their passwords
// and second factors, and the tokens that act for them.
//
// A secret is told once, when it is made. The database keeps an argon2id hash
// of a password, a sealed TOTP secret, and a keyed digest of a token. Whoever
// signs in wrongly hears the same answer whatever was wrong, and waits longer
// each time. Disabling a user stops every token at the next request.
//
// A step-up is a second factor given for one token, good for five minutes.
// Each step of a factor counts once.
package identity
