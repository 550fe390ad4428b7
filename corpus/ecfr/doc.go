// Package ecfr reads the two United States control lists in the XML of the
// Electronic Code of Federal Regulations: the Commerce Control List (ReadCCL)
// and the United States Munitions List (ReadUSML).
//
// Both files are flat: headings, paragraphs, notes and tables follow one
// another, and nothing says which paragraph lies below which. A scanner turns
// the markup into a run of blocks; the two readers give every block its code
// and kind. What a reader cannot place it keeps as a note of the paragraph it
// follows: text is never dropped, only the fixed headings of sections are,
// because Kind and Label carry them.
//
// Beyond the marks named in package corpus these appear:
//
//	part=2           a heading or note of category 5, part 2
//	except           the passage takes something out of its scope; AppliesTo is left empty
//	misprinted-head  the entry's head is not set as heads are (8D001)
//	conditional      the text narrows the scope further than AppliesTo can say
//
// The head of EAR99 that closes each category of the CCL has kind
// administrative, label EAR99, the category as code and an id like "3#ear99-1".
// The list of explosives annexed to category 1 has kind note, code "1" and
// applies to the entries that cite it.
//
// The package does no I/O and imports nothing of Assay but corpus.
package ecfr
