package storetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"assay/review"
)

// Shared lets writers of several processes, which each open the store for
// themselves, write to one place at once. open opens it and closes it when the
// test ends.
func Shared(t *testing.T, open func() review.Store) {
	const processes, writers, each = 3, 2, 15
	var j Journal
	var all sync.WaitGroup
	for p := range processes {
		s, err := review.New(review.Config{Store: open()})
		if err != nil {
			t.Fatal(err)
		}
		for w := range writers {
			all.Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
				defer cancel()
				n := 0
				Put(ctx, Direct(s), fmt.Sprintf("%d.%d", p, w), func(w Write, id string, err error) {
					if err != nil {
						t.Error(err)
						cancel()
						return
					}
					j.Note(w, id)
					if n++; n == each {
						cancel()
					}
				})
			})
		}
	}
	all.Wait()
	if want := processes * writers * each; j.Len() != want {
		t.Errorf("%d writes were acknowledged, want %d", j.Len(), want)
	}
	j.Check(t, open(), Direct)
}
