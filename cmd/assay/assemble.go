package main

import (
	"context"
	"io"
	"os"
	"slices"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/classifier/embedding/ahead"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/openai"
	"assay/classifier/embedding/static"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/digest"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// workshop puts the program together for answering. It has what every
// assembly shares, so that one more, after an edition has come or gone, costs
// only its editions.
type workshop struct {
	how      arrangement
	digest   *digest.Digest
	embedder embedding.Embedder // nil for lexical
	cards    *retrieval.Index   // the digest, without editions
	dim      int                // of vectors
	store    editionStore       // nil when no edition is searched
	progress io.Writer

	precedents classifier.Precedents // nil: decided cases do not weigh in
}

// assembly is the program put together for answering. It does not change.
type assembly struct {
	*workshop
	index      *retrieval.Index
	searcher   classifier.Searcher // index, or the database
	classifier *classifier.Classifier
	outlines   []*corpus.Outline
}

// arrangement is a way of putting the program together. ours is how it
// answers; the others are the baselines that evaluation holds beside it.
type arrangement struct {
	weights  retrieval.Weights
	digest   bool    // search the cards
	editions bool    // search and cite imported editions
	unlisted float64 // score below which nothing is listed; 0 the default, negative never

	precedents bool // let decided cases weigh in, where the flag asks for it
}

var arrangements = map[string]arrangement{
	"ours":   {weights: retrieval.Fused, digest: true, editions: true, precedents: true},
	"digest": {weights: retrieval.Fused, digest: true},
	weighed:  {weights: retrieval.Fused, digest: true},
	// The scores of these two have another range; each has the threshold that
	// serves it best on the shipped set, so that the comparison is fair to it.
	"lexical": {weights: retrieval.LexicalOnly, digest: true, unlisted: 0.75},
	"dense":   {weights: retrieval.DenseOnly, digest: true, unlisted: 0.55},
	// The plain ones are what most tools do: search the official texts, by words,
	// by vectors, by both.
	"plain-lexical": {weights: retrieval.LexicalOnly, editions: true, unlisted: -1},
	"plain":         {weights: retrieval.DenseOnly, editions: true, unlisted: -1},
	"plain-fused":   {weights: retrieval.Fused, editions: true, unlisted: -1},
}

// assemble loads the digest and the newest imported edition of each list,
// embeds what has no vectors yet, and builds the classifier. Only editions of
// the given lists are loaded when lists is not empty.
func assemble(ctx context.Context, g *globals, lists []corpus.ListID, s streams) (*assembly, error) {
	return assembleAs(ctx, g, arrangements["ours"], lists, s)
}

func assembleAs(ctx context.Context, g *globals, how arrangement, lists []corpus.ListID, s streams) (*assembly, error) {
	w, err := openWorkshop(ctx, g, how, s.err)
	if err != nil {
		return nil, err
	}
	return w.newest(ctx, lists)
}

// openWorkshop loads the digest and the model, and opens the store of editions
// when how asks for them.
func openWorkshop(ctx context.Context, g *globals, how arrangement, progress io.Writer) (*workshop, error) {
	w := &workshop{how: how, digest: &digest.Digest{Hash: "none"}, progress: progress}
	var err error
	if how.digest {
		if w.digest, err = digest.Shipped(); err != nil {
			return nil, err
		}
	}
	if w.embedder, err = g.embedder(); err != nil {
		return nil, err
	}
	vectors, err := digestVectors(ctx, w.digest, w.embedder)
	if err != nil {
		return nil, err
	}
	w.dim = vectors.Dim
	if w.cards, err = retrieval.New(w.digest, w.embedder, vectors, how.weights); err != nil {
		return nil, err
	}
	if how.editions {
		if w.store, err = g.openStore(ctx); err != nil {
			return nil, err
		}
	}
	if how.precedents && g.WeighPrecedents {
		w.precedents, err = g.openPrecedents(ctx, w.embedder)
	}
	return w, err
}

// newest assembles with the newest edition of each list, or of the given ones.
func (w *workshop) newest(ctx context.Context, lists []corpus.ListID) (*assembly, error) {
	var ids []string
	if w.store != nil {
		var err error
		if ids, err = newestEditions(ctx, w.store, lists); err != nil {
			return nil, err
		}
	}
	return w.assemble(ctx, ids)
}

// assemble makes the editions called ids, at most one of each list, searchable
// and citable.
func (w *workshop) assemble(ctx context.Context, ids []string) (*assembly, error) {
	a := &assembly{workshop: w, index: w.cards.Cards()}
	a.searcher = a.index
	for _, id := range ids {
		ed, err := w.store.Load(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := a.addEdition(ctx, ed); err != nil {
			return nil, err
		}
		a.outlines = append(a.outlines, corpus.NewOutline(ed))
	}
	model := "lexical"
	if w.embedder != nil {
		model = w.embedder.Name()
	}
	var err error
	a.classifier, err = classifier.New(classifier.Config{Digest: w.digest, Searcher: a.searcher, Model: model, Editions: a.outlines, Unlisted: w.how.unlisted, Precedents: w.precedents})
	return a, err
}

// embedder returns the maker of vectors that the flags ask for, nil for none.
func (g *globals) embedder() (embedding.Embedder, error) {
	switch g.Model {
	case "lexical":
		return nil, nil
	case "static":
		return static.New()
	case "openai":
		if g.OpenAIModel == "" {
			return nil, usagef("--model openai needs --openai-model, and --openai-url unless the endpoint is OpenAI's own")
		}
		return openai.New(openai.Config{BaseURL: g.OpenAIURL, Model: g.OpenAIModel, Dimension: g.OpenAIDimension})
	}
	return minilm.New()
}

// digestVectors returns the vectors of the digest: shipped ones, and made ones
// for texts that have none.
func digestVectors(ctx context.Context, d *digest.Digest, e embedding.Embedder) (retrieval.Matrix, error) {
	if e == nil {
		return retrieval.Matrix{}, nil
	}
	dim := e.Dimension()
	if dim == 0 {
		probe, err := e.Embed(ctx, []string{"pump"})
		if err != nil {
			return retrieval.Matrix{}, err
		}
		dim = len(probe[0])
	}
	table, err := ahead.Open(e.Name(), dim)
	if err != nil {
		return retrieval.Matrix{}, err
	}
	vectors, _, err := table.Embed(ctx, e, retrieval.DigestTexts(d))
	return retrieval.Unpack(vectors), err
}

// newestEditions returns the ids of the newest edition of each list, sorted.
func newestEditions(ctx context.Context, store editionStore, lists []corpus.ListID) ([]string, error) {
	// One damaged file must not keep the other lists from being used.
	metas, err := store.List(ctx)
	if err != nil && len(metas) == 0 {
		return nil, err
	}
	newest := map[corpus.ListID]corpus.Meta{}
	for _, m := range metas {
		if len(lists) > 0 && !slices.Contains(lists, m.List) {
			continue
		}
		if m.Date > newest[m.List].Date {
			newest[m.List] = m
		}
	}
	var ids []string
	for _, m := range newest {
		ids = append(ids, m.ID())
	}
	slices.Sort(ids)
	return ids, nil
}

// newBar shows progress to a person at a terminal, and nothing otherwise.
func newBar(w io.Writer, total int, what string) *progressbar.ProgressBar {
	visible := false
	if f, ok := w.(*os.File); ok {
		visible = term.IsTerminal(int(f.Fd()))
	}
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(w), progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription(what), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
}
