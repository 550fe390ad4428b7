// Package classifier turns a Product into an Assessment: for each list an
// outcome, suggestions best first, citations, and questions that separate the
// neighbours. A human decides; the assessment only prepares the decision.
//
// It is blind to company and country: a Product has no field for either. It
// does no network, no SQL and no HTTP, and must never import screening of
// tools or parties.
package classifier
