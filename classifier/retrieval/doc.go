// Package retrieval proposes: given a description it returns the cards,
// paragraphs of cards, families of goods and passages of imported editions that
// speak of such a product, best first, with the terms that matched.
//
// Three kinds of evidence are fused: product terms (how much of a card's own
// term stands in the description), BM25 over fields, and the cosine between
// vectors. The search is exact and deterministic. The package reads no files
// and decides nothing; it imports corpus, reading and the Embedder interface.
package retrieval
