// Package memo sets a review.Memo as a file: one self-contained page of HTML,
// or a PDF to be printed and signed.
//
// compose puts a memo into words, once, as a document of blocks; both forms
// are set from these blocks, so that they say the same. The PDF is laid out
// here, line by line: fpdf draws what stands where, and embeds the fonts.
//
// The words are ours. Words of a list come in with the memo, which has them
// from an imported edition. Whatever people wrote is shown as it is, but what a
// reader could not see in it (controls, overrides of the direction of writing) is
// made visible.
//
// The package reads nothing and asks nobody: the same memo gives the same
// bytes. It must never import a store, the server, or another adapter.
package memo
