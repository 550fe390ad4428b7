// Package review holds what people do with a suggestion, and the rules for it.
//
// A Case is a product on its way to a decision by a person. Three sorts of
// record stand apart and are never overwritten: the exporter's Proposal, the
// machine's AssessmentRecord, the officer's Decision; whoever thinks again adds
// one. A case walks through States by Acts; the table in transition.go says
// which act leads where and who may do it. Every act that changed something has
// exactly one AuditRecord, written in the same transaction. A decided case
// is a Precedent for later ones.
//
// Service is the door: one method per act. It reaches the records through
// Store, an interface declared here; stores implement it. review imports
// classifier and corpus only. It does no network, no SQL and no HTTP, and must
// never import an adapter.
package review
