package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"assay/classifier/embedding"
	"assay/classifier/retrieval"
	"assay/corpus"
	"assay/corpus/shelf"
	"assay/internal/editions"
	"assay/internal/postgres"
	"assay/internal/sqlite"
	"assay/review"
	"assay/review/account"
)

// editionStore keeps imported editions and their vectors. There are two:
// files in a directory, and PostgreSQL. internal/storetest states what both promise.
type editionStore interface {
	Put(ctx context.Context, e *corpus.Edition) (changed bool, err error)
	Replace(ctx context.Context, e *corpus.Edition) (changed bool, err error)
	Load(ctx context.Context, id string) (*corpus.Edition, error)
	List(ctx context.Context) ([]corpus.Meta, error)
	Resolve(ctx context.Context, name string) (corpus.Meta, error)
	Remove(ctx context.Context, id string) error
	SaveVectors(ctx context.Context, key shelf.VectorKey, v embedding.Quantised) error
	State(ctx context.Context) (string, error)
}

// openStore opens the store of editions that the flags name: the database when
// one is given, else the directory. It stays open until the command ends.
func (g *globals) openStore(ctx context.Context) (editionStore, error) {
	if g.Database == "" {
		return editions.Open(g.Data)
	}
	return g.openDatabase(ctx)
}

// openDatabase connects to the database that the flags name, once for all
// parts of the program. It stays open until the command ends.
func (g *globals) openDatabase(ctx context.Context) (*postgres.Store, error) {
	if g.database == nil {
		store, err := postgres.Open(ctx, g.Database)
		if err != nil {
			return nil, err
		}
		g.database = store
		g.atEnd = append(g.atEnd, store.Close)
	}
	return g.database, nil
}

// caseStore keeps cases and the accounts of the people who work on them, in
// one audit log.
type caseStore interface {
	review.Store
	review.Outbox
	review.Inspector
	account.Store
}

// openCases opens the store of cases and accounts: in the database when one is
// given, else the file in the data directory. The caller closes it.
func (g *globals) openCases(ctx context.Context) (caseStore, error) {
	if g.Database == "" {
		return sqlite.Open(ctx, filepath.Join(g.Data, databaseName))
	}
	store, err := g.openDatabase(ctx)
	if err != nil {
		return nil, err
	}
	return store.Cases(), nil
}

// end closes what was opened while a command ran.
func (g *globals) end() {
	for _, f := range g.atEnd {
		f()
	}
	g.atEnd, g.database = nil, nil
}

// place names where the flags keep editions, for people.
func (g *globals) place() string {
	if g.Database != "" {
		return "the database"
	}
	return g.Data
}

// addEdition makes ed searchable and returns what searches it. In a database
// the vectors are only looked for, and the passages are searched there.
func (a *assembly) addEdition(ctx context.Context, ed *corpus.Edition) error {
	var key *shelf.VectorKey
	var texts []string
	if a.embedder != nil {
		texts = retrieval.EditionTexts(ed)
		key = &shelf.VectorKey{Edition: ed.ID(), Content: shelf.HashTexts(texts), Model: a.embedder.Name(), Dim: a.dim}
	}
	switch store := a.store.(type) {
	case *editions.Store:
		m, err := editionVectors(ctx, store, key, texts, a.embedder, a.progress)
		if err != nil {
			return err
		}
		return a.index.Add(ed, m)
	case *postgres.Store:
		searcher, ok := a.searcher.(*postgres.Searcher)
		if !ok {
			searcher = store.Searcher(a.index)
			a.searcher = searcher
		}
		err := searcher.Add(ctx, ed, key)
		if key != nil && (errors.Is(err, shelf.ErrStaleVectors) || errors.Is(err, shelf.ErrNotFound)) {
			made, embedErr := embedTexts(ctx, a.embedder, texts, "embedding "+ed.ID(), a.progress)
			if embedErr != nil {
				return embedErr
			}
			if err := store.SaveVectors(ctx, *key, made); err != nil {
				return err
			}
			err = searcher.Add(ctx, ed, key)
		}
		return err
	}
	return fmt.Errorf("%T cannot be searched", a.store)
}

// editionVectors returns the vectors of an imported edition, from the store
// when it has them; otherwise they are made, which is shown, and kept. A nil
// key means a search without vectors.
func editionVectors(ctx context.Context, store *editions.Store, key *shelf.VectorKey, texts []string, e embedding.Embedder, progress io.Writer) (retrieval.Matrix, error) {
	if key == nil {
		return retrieval.Matrix{}, nil
	}
	kept, err := store.LoadVectors(ctx, *key)
	if err == nil && kept.Len() == len(texts) {
		return retrieval.Unpack(kept), nil
	}
	if err != nil && !errors.Is(err, shelf.ErrNotFound) && !errors.Is(err, shelf.ErrStaleVectors) {
		fmt.Fprintf(progress, "assay: vectors of %s are made anew: %v\n", key.Edition, err)
	}
	made, err := embedTexts(ctx, e, texts, "embedding "+key.Edition, progress)
	if err != nil {
		return retrieval.Matrix{}, err
	}
	if err := store.SaveVectors(ctx, *key, made); err != nil {
		fmt.Fprintf(progress, "assay: vectors of %s could not be kept, the next start makes them again: %v\n", key.Edition, err)
	}
	// The first answer uses the same eight bits as all later ones.
	return retrieval.Unpack(made), nil
}

// embedTexts makes the vectors of texts and shows how far it is.
func embedTexts(ctx context.Context, e embedding.Embedder, texts []string, what string, progress io.Writer) (embedding.Quantised, error) {
	bar := newBar(progress, len(texts), what)
	var rows [][]float32
	const step = 256
	for from := 0; from < len(texts); from += step {
		made, err := e.Embed(ctx, texts[from:min(from+step, len(texts))])
		if err != nil {
			return embedding.Quantised{}, err
		}
		rows = append(rows, made...)
		bar.Add(len(made))
	}
	bar.Finish()
	return embedding.Quantise(rows)
}
