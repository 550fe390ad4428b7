package review

import (
	"fmt"
	"sync"
	"testing"
)

func TestRecentVectors(t *testing.T) {
	var r recentVectors
	if r.get("a") != nil {
		t.Error("a fresh one keeps something")
	}
	r.put("a", []float32{1})
	got := r.get("a")
	got[0] = 9
	if r.get("a")[0] != 1 {
		t.Error("a reader changed what is kept")
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range mostRecent {
				r.put(fmt.Sprint(n), []float32{float32(n)})
				r.get("a") // stays, because it is asked for
				if got := r.get(fmt.Sprint(n)); got != nil && got[0] != float32(n) {
					t.Errorf("writer %d: %v is kept for %d", i, got, n)
				}
			}
		})
	}
	all.Wait()
	if r.order.Len() != mostRecent || len(r.at) != mostRecent || r.get("a") == nil {
		t.Errorf("%d are kept in %d places", len(r.at), r.order.Len())
	}
	r.put("one more", []float32{1})
	if len(r.at) != mostRecent || r.get("one more") == nil {
		t.Errorf("%d are kept", len(r.at))
	}
}
