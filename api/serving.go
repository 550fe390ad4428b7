package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"assay/corpus"
	"assay/corpus/digest"
)

// Serving is what answers come from: a classifier, and the imported editions
// that it cites. It does not change; when an edition comes or goes, a Server
// is given a whole new one with Use.
type Serving struct {
	Classifier Classifier
	Outlines   []*corpus.Outline // at most one of each list
}

// serving is a Serving made ready for being asked.
type serving struct {
	Classifier
	catalog *catalog
	since   time.Time
	behind  time.Time // since when new editions could not be followed; zero when they are
}

func (s Serving) ready(d *digest.Digest, now time.Time) (*serving, error) {
	if s.Classifier == nil {
		return nil, errors.New("api: a classifier is needed")
	}
	seen := map[corpus.ListID]bool{}
	for _, o := range s.Outlines {
		if l := o.Meta().List; seen[l] {
			return nil, fmt.Errorf("api: two editions of %s; give one", l)
		}
		seen[o.Meta().List] = true
	}
	return &serving{Classifier: s.Classifier, catalog: newCatalog(d, s.Outlines), since: now}, nil
}

// Use lets every request that comes from now on be answered from next. Those
// under way finish on what they began with. When next cannot be served,
// nothing changes.
func (s *Server) Use(next Serving) error {
	sv, err := next.ready(s.Digest, s.Now())
	if err != nil {
		return err
	}
	s.current.Store(sv)
	return nil
}

// Behind notes whether new editions can be looked for and taken over, so that
// readiness says so. Use ends it too.
func (s *Server) Behind(behind bool) {
	for {
		sv := s.current.Load()
		if behind != sv.behind.IsZero() {
			return // known, since when it is so
		}
		noted := *sv
		if noted.behind = (time.Time{}); behind {
			noted.behind = s.Now()
		}
		if s.current.CompareAndSwap(sv, &noted) {
			return
		}
	}
}

type servingKey struct{}

// served lets one request be answered from one Serving from its start to its end.
func (s *Server) served(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), servingKey{}, s.current.Load()))
}

// servingOf returns what the request of ctx is answered from.
func (s *Server) servingOf(ctx context.Context) *serving {
	if sv, ok := ctx.Value(servingKey{}).(*serving); ok {
		return sv
	}
	return s.current.Load()
}

// editions names the imported editions, for readiness.
func (sv *serving) editions() check {
	var ids []string
	for _, o := range sv.catalog.outlines {
		ids = append(ids, o.Meta().ID())
	}
	detail := "none is imported; the digest answers alone"
	if len(ids) > 0 {
		detail = strings.Join(ids, ", ") + ", since " + sv.since.UTC().Format(time.RFC3339)
	}
	if !sv.behind.IsZero() {
		detail += "; since " + sv.behind.UTC().Format(time.RFC3339) + " new ones could not be looked for or taken over: the log of the server says why"
	}
	return check{Name: "editions", OK: true, Detail: detail}
}
