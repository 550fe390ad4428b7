// Package corpus holds what Assay knows about control lists: the official
// texts that a user imports (Edition, Passage) and our own-words knowledge of
// them (Card, Goods). Its words are those of docs/vocabulary.md: a List has
// Editions, an Edition has Passages, a Passage belongs to the Code of an entry
// or of a paragraph below it.
//
// Readers of published formats live in packages below this one. corpus does no
// network, no SQL and no HTTP, and imports no other package of Assay.
package corpus
