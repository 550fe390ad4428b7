// Package webhook sends what webhooks are owed: it takes deliveries out of a
// store's outbox, signs them, posts them, and writes down how that went.
//
// A delivery is sent at least once: it is written with the act that it tells
// of, and leaves the outbox when the receiver has answered 2xx. A Sender that is
// killed in between sends it again. Failed deliveries are tried again for a day,
// at growing distances, and are then dead, which stays to be seen.
//
// Addresses come from users, so the Sender does not let itself be used to reach
// what only the server can reach: it speaks to public addresses only, checked
// when it connects, follows no redirects and shows nothing of an answer but its
// status.
//
// The package knows review's words; it must never import the API or a store.
package webhook
