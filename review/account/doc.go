// Package account holds who may come in: accounts, how they sign in, and what
// keeps strangers out.
//
// An Account is a person with a role and, for exporters, an organisation. It
// signs in with a password or through an OpenID provider, which gives it a
// Session; programs use a Token that the account made, within Scopes. A Link
// works once: the first of all is the set-up link, which makes the first admin;
// others invite people and reset passwords. Whoever fails too often waits
// (Failures), by name and by address. Of sessions, tokens and links only a
// SHA-256 is kept, of passwords argon2id.
//
// Service is the door: one method per act. Every act that changed something
// about accounts leaves an audit record in the chain that cases share, written
// in the same transaction, never with a secret in it. The rules of what a role
// may do to a case are review's.
//
// The package reaches its records through Store, declared here. It does no
// network, no SQL and no HTTP, and must never import an adapter.
package account
