package review

import (
	"context"
	"fmt"

	"assay/classifier"
)

// Embedder makes the vectors by which decided cases are found by meaning.
// Whoever makes vectors for classifying is one; review declares what it needs
// of them, so that no model is drawn in here.
type Embedder interface {
	// Name identifies the weights: vectors of two names are never compared.
	Name() string
	// Dimension is the length of every vector, or 0 as long as it is not known.
	Dimension() int
	// Embed returns one vector a text. A text that is longer than the model
	// takes in is cut by it.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// VectorModel says what made a vector. Vectors of two models live side by
// side in a store and never meet.
type VectorModel struct {
	Name string `json:"model"`
	Dim  int    `json:"dimension"`
}

func (m VectorModel) String() string { return fmt.Sprintf("%s (%d dimensions)", m.Name, m.Dim) }

// Floors are the similarities, cosines of vectors, from which on a precedent
// counts. A cosine means another thing in each model, so each has its own.
type Floors struct {
	Like       float64 `json:"like"`       // it is like the product
	Contradict float64 `json:"contradict"` // it is so like it that another answer wants a word
}

// floors were measured with `assay eval likeness` on evals/sets/own.jsonl, whose
// families hold siblings that differ in a figure. Like is the least step of 0.05
// at which at most one of 2,000 pairs of unrelated products counts as alike.
// Contradict is the least at which none of 65,709 such pairs does and at
// most one in sixteen of the siblings; more than nine in ten products that are
// told again in other words still do. docs/precedents.md has the figures.
var floors = map[string]Floors{
	"all-MiniLM-L6-v2-int8": {Like: 0.55, Contradict: 0.70},
	"static-minilm-256":     {Like: 0.65, Contradict: 0.80},
}

// FloorsOf returns the floors for a model, and whether they were measured for
// it. For others they are guessed high: few products are wrongly called alike.
func FloorsOf(model string) (Floors, bool) {
	f, measured := floors[model]
	if !measured {
		f = Floors{Like: 0.65, Contradict: 0.80}
	}
	return f, measured
}

// vector returns the vector of a product's text and what made it. Without an
// Embedder there is none, and no error.
func (s *Service) vector(ctx context.Context, text string) ([]float32, VectorModel, error) {
	if s.embedder == nil {
		return nil, VectorModel{}, nil
	}
	v := s.recent.get(text)
	if v == nil {
		vectors, err := s.embed(ctx, []string{text})
		if err != nil {
			return nil, VectorModel{}, err
		}
		v = vectors[0]
		s.recent.put(text, v)
	}
	return v, VectorModel{s.embedder.Name(), len(v)}, nil
}

func (s *Service) embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors, err := s.embedder.Embed(ctx, texts)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Text: "the model that compares products does not answer", Remedy: "try again later", Err: err}
	}
	dim := s.embedder.Dimension()
	if len(vectors) != len(texts) {
		return nil, &Error{Kind: Internal, Text: fmt.Sprintf("%s made %d vectors of %d texts", s.embedder.Name(), len(vectors), len(texts))}
	}
	for _, v := range vectors {
		if len(v) == 0 || dim != 0 && len(v) != dim {
			return nil, &Error{Kind: Internal, Text: fmt.Sprintf("%s made a vector of %d components; it names %d", s.embedder.Name(), len(v), dim)}
		}
	}
	return vectors, nil
}

// model returns what the Embedder is, asking it for a vector when it does not
// know its dimension yet.
func (s *Service) model(ctx context.Context) (VectorModel, error) {
	if dim := s.embedder.Dimension(); dim != 0 {
		return VectorModel{s.embedder.Name(), dim}, nil
	}
	_, m, err := s.vector(ctx, "pump")
	return m, err
}

// newest returns the product of c as it is now described.
func newest(c Case) classifier.Product { return c.Products[len(c.Products)-1].Product }
