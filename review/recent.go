package review

import (
	"container/list"
	"crypto/sha256"
	"slices"
	"sync"
)

// recentVectors keeps the vectors of the texts that were asked for last: people
// come back to a case again and again, and a model takes a hundred times as
// long as everything else on its page. It is safe for concurrent use; its zero
// value keeps nothing yet.
type recentVectors struct {
	mu    sync.Mutex
	order list.List // of *recentVector, the latest first
	at    map[[sha256.Size]byte]*list.Element
}

type recentVector struct {
	text   [sha256.Size]byte
	vector []float32
}

// mostRecent is how many are kept: some megabytes.
const mostRecent = 2000

// get returns a copy of the vector of text, nil when it is not kept.
func (r *recentVectors) get(text string) []float32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	e, ok := r.at[sha256.Sum256([]byte(text))]
	if !ok {
		return nil
	}
	r.order.MoveToFront(e)
	return slices.Clone(e.Value.(*recentVector).vector)
}

func (r *recentVectors) put(text string, vector []float32) {
	key := sha256.Sum256([]byte(text))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil {
		r.at = map[[sha256.Size]byte]*list.Element{}
	}
	if _, kept := r.at[key]; kept {
		return
	}
	r.at[key] = r.order.PushFront(&recentVector{key, slices.Clone(vector)})
	if r.order.Len() > mostRecent {
		last := r.order.Back()
		r.order.Remove(last)
		delete(r.at, last.Value.(*recentVector).text)
	}
}
