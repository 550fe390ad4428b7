package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"assay/classifier"
	"assay/corpus"

	"github.com/labstack/echo/v4"
)

// classifyRequest is a product and the lists to hold it against.
type classifyRequest struct {
	classifier.Product
	// Attributes shadow the product's, so that their faults can be told from
	// those of the rest.
	Attributes json.RawMessage `json:"attributes"`
	Lists      []string        `json:"lists"`
}

// maxLists is more than anybody keeps.
const maxLists = 100

func (s *Server) postClassify(c echo.Context) error {
	data, err := s.readBody(c.Response(), c.Request(), echo.MIMEApplicationJSON)
	if err != nil {
		return err
	}
	var req classifyRequest
	if err := decode(data, &req); err != nil {
		return err
	}
	if len(req.Attributes) > 0 {
		if err := json.Unmarshal(req.Attributes, &req.Product.Attributes); err != nil {
			return &failure{kind: kindInvalidInput, message: err.Error(), field: "attributes", remedy: "send an object of names and values"}
		}
	}
	lists, err := parseLists(req.Lists)
	if err != nil {
		return err
	}
	a, err := s.classify(c.Request().Context(), req.Product, lists)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, a)
	return nil
}

// classify asks the classifier when there is a place for it.
func (s *Server) classify(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error) {
	if err := p.Validate(); err != nil { // before waiting for a place
		return classifier.Assessment{}, err
	}
	if err := s.gate.enter(ctx); err != nil {
		return classifier.Assessment{}, err
	}
	defer s.gate.leave()
	start := s.Now()
	a, err := s.servingOf(ctx).Classify(ctx, p, lists)
	if err == nil {
		s.Meter.Assessed(a, s.Now().Sub(start))
	}
	return a, err
}

// parseLists reads names of lists, each once, in the order given.
func parseLists(names []string) ([]corpus.ListID, error) {
	if len(names) > maxLists {
		return nil, &failure{kind: kindInvalidInput, message: fmt.Sprintf("lists are %d", len(names)), field: "lists", remedy: fmt.Sprintf("name at most %d", maxLists)}
	}
	var lists []corpus.ListID
	seen := map[corpus.ListID]bool{}
	for _, name := range names {
		l, err := corpus.ParseListID(name)
		if err != nil {
			return nil, &failure{kind: kindInvalidInput, message: fmt.Sprintf("%.60q is not a list name", name), field: "lists", remedy: "/api/v1/lists names those known here"}
		}
		if !seen[l] {
			lists = append(lists, l)
		}
		seen[l] = true
	}
	return lists, nil
}
