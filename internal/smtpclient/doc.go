// Package smtpclient speaks SMTP submission to one relay over one connection,
// and says what the relay answered. It decides nothing: the reply that ended a
// transaction is returned with its phase, and what it means is the rule of
// package outcome.
//
// Contract.
//
//   - Envelope sends MAIL and RCPT, Deliver sends DATA, the body and the final
//     dot. Between them the caller commits its intent. One recipient a message.
//   - The bytes given to Deliver are the bytes that the relay gets, dot-stuffing
//     aside. They leave in one write together with the final dot, so that no
//     error of ours can end a half-written message with a dot.
//   - Once the body was begun and no final answer was read, the reply is Lost at
//     PhaseDot: the relay may have the message or not. The wait for that answer
//     is 10 minutes, as RFC 5321 4.5.3.2.6 asks.
//   - After anything unclean the socket is closed, and nothing is written to it
//     before. QUIT and RSET are spoken on connections in good order only.
//   - A 250 is never taken back by what the connection does next.
//   - Texts of replies are dropped, since relays repeat addresses in them; of a
//     250 a queue id is kept when it looks like one and like nothing else.
//   - The address that is dialled is checked after the name was resolved: private
//     ranges only where the environment names them. TLS is 1.2 or newer; a relay
//     that is meant to offer STARTTLS and does not gets no AUTH and no MAIL.
//
// A Conn belongs to one goroutine at a time.
package smtpclient
