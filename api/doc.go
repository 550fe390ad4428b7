// Package api serves Assay over HTTP: the JSON API, the OpenAI form of the
// embedder, and the page for people. It asks a Classifier and shows what it
// says; it decides nothing about products. Its words are those of
// openapi.yaml, which is part of the binary and which the tests hold every
// answer against.
//
// To serve:
//
//	s, err := api.New(api.Config{
//		Serving:  api.Serving{Classifier: c, Outlines: editions}, // the classifier is needed
//		Digest:   d,       // needed
//		Embedder: e,       // nil: /v1/embeddings answers that there is none
//		Log:      logger,  // nil: silent
//		Version:  version, // "" is shown as "dev"
//	})
//	ln, err := net.Listen("tcp", "127.0.0.1:8080")
//	err = s.Serve(ctx, ln) // until ctx is done, then drains; nil after a clean end
//	err = s.Use(another)   // meanwhile: what comes from now on is answered from another Serving
//
// Echo is the router and stays inside: no type of it is exported. The package
// must never import a store, a reader of lists or go-openai.
package api
