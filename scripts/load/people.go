//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"assay/classifier"
	"assay/evals"
	"assay/internal/postgres"
	"assay/review"
	"assay/review/account"
)

// person is a user with an open session.
type person struct {
	id, cookie string
	role       review.Role
	org        string
}

// organisations is how many exporters work for.
const organisations = 20

// enrol makes n accounts, each signed in. Sessions are written into the store:
// signing in is slow by intent, and is not what is measured.
func enrol(ctx context.Context, address string, n int) (all []*person, err error) {
	store, err := postgres.Open(ctx, address)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	cases := store.Cases()
	defer func() { err = errors.Join(err, cases.Close()) }()
	now := time.Now().UTC()
	err = cases.WriteAccounts(ctx, func(w account.Writer) error {
		all = nil
		for i := range n {
			p := &person{id: fmt.Sprintf("user%03d", i), role: review.Exporter, org: fmt.Sprintf("Organisation %d", i%organisations)}
			if i%5 >= 3 {
				p.role, p.org = review.Officer, ""
			}
			raw := make([]byte, 32)
			if _, err := rand.Read(raw); err != nil {
				return err
			}
			p.cookie = base64.RawURLEncoding.EncodeToString(raw)
			sum := sha256.Sum256([]byte(p.cookie))
			if err := errors.Join(
				w.AddAccount(ctx, account.Account{ID: p.id, Role: p.role, Organisation: p.org, State: account.Active, Source: account.Local, CreatedAt: now}),
				w.AddSession(ctx, account.Session{ID: p.id, Hash: hex.EncodeToString(sum[:]), Account: p.id, Method: "password", CreatedAt: now, SeenAt: now, ExpiresAt: now.AddDate(0, 0, 1)})); err != nil {
				return err
			}
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

// catalogue makes products that are all different.
type catalogue struct {
	rows      []evals.Row
	sentences []string
}

// products is made of the shipped evaluation set.
func products() *catalogue {
	set, err := evals.LoadSet("own")
	if err != nil {
		panic(err) // it is part of this program
	}
	c := &catalogue{rows: set.Rows}
	for _, r := range set.Rows {
		for s := range strings.SplitSeq(r.Description, ". ") {
			if len(s) > 20 {
				c.sentences = append(c.sentences, strings.TrimSuffix(s, "."))
			}
		}
	}
	return c
}

// next returns a product of the set under a new type number, with its sentences
// in another order and one of another product's, so that no two texts are
// alike and nothing that remembers texts flatters.
func (c *catalogue) next(r *mathrand.Rand) classifier.Product {
	row := c.rows[r.IntN(len(c.rows))]
	sentences := append(strings.Split(strings.TrimSuffix(row.Description, "."), ". "), c.sentences[r.IntN(len(c.sentences))])
	r.Shuffle(len(sentences), func(i, j int) { sentences[i], sentences[j] = sentences[j], sentences[i] })
	return classifier.Product{Name: fmt.Sprintf("%s type %c%d", row.Name, 'A'+rune(r.IntN(26)), r.IntN(1_000_000)),
		Description: strings.Join(sentences, ". "), Attributes: row.Attributes}
}
