// Package annexi reads Annex I of Regulation (EU) 2021/821, the EU's list of
// dual-use items, from two forms:
//
//   - ReadConsolidated: the JSON form of the consolidated text, in which every
//     provision is one line that opens with its dotted path.
//   - ReadXHTML: the consolidated XHTML that EUR-Lex and the Publications
//     Office serve. NOT VERIFIED ON THE REAL FILE: no copy was to be had when
//     it was written, so it follows what is publicly known of that markup, is
//     tested on a fixture of our own, and refuses a document in which it does
//     not find a whole list.
//
// The JSON form has flaws. The reader repairs those that can be repaired with
// certainty and marks every passage that it touched:
//
//   - MarkPower: an exponent printed as plain digits ("× 109" for "× 10^9"),
//     only where it follows "× 10".
//   - MarkItems: items of a note that were filed as paragraphs. They are given
//     back to the note when it ends with a colon and the paragraph above does
//     not, or when their path is one that the note's paragraph already has.
//   - MarkPath: a path that skips a level (1C010.1 for 1C010.e.1), or table
//     rows that repeat the path of their paragraph (4A001.a.2).
//   - MarkList: a list printed in the one line of its paragraph (3A201.a.1),
//     cut up only when the line opens with the first designator and every
//     semicolon is followed by the next one.
//
// Other exponents ("1012 operations"), subscripts and formulas stay as they
// are in the file.
//
// The package does no network and imports nothing of Assay but corpus and
// corpus/internal/draft.
package annexi

import "assay/corpus/internal/draft"

// The marks of passages in which the reader repaired the JSON form.
const (
	MarkPower = draft.PowerMark
	MarkItems = "note-items-reattached"
	MarkPath  = "path-restored"
	MarkList  = "list-split"
)

// The formats that an edition may carry in Meta.Format.
const (
	FormatJSON  = "annexi-json"
	FormatXHTML = "annexi-xhtml"
)
