package api

import (
	"context"
	"net/http"

	"assay/corpus"
	"assay/review"

	"github.com/labstack/echo/v4"
)

// act answers a request for one act on the case in the address: body, when it
// is not nil, is filled from what was sent, and then do is done.
func (s *Server) act(c echo.Context, body any, do func(context.Context, review.Request, string) (review.Case, error)) error {
	req, err := acting(c.Request())
	if err != nil {
		return err
	}
	if body == nil {
		err = s.noBody(c)
	} else {
		err = s.jsonBody(c, body)
	}
	if err != nil {
		return err
	}
	done, err := do(c.Request().Context(), req, c.Param("id"))
	if err != nil {
		return err
	}
	return s.writeCase(c, http.StatusOK, done)
}

func (s *Server) reviseCase(c echo.Context) error {
	var body struct {
		Product  *productBody `json:"product"`
		Document int          `json:"document"` // number of the one that says what it is
	}
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		if (body.Product == nil) == (body.Document == 0) {
			return review.Case{}, &failure{kind: kindInvalidInput, message: "the product is not described, or in two ways", field: "product",
				remedy: "send product, or the number of the document that says what it is"}
		}
		if body.Document != 0 {
			return s.Cases.ReviseFrom(ctx, r, id, body.Document)
		}
		p, err := body.Product.product()
		if err != nil {
			return review.Case{}, err
		}
		return s.Cases.Revise(ctx, r, id, p)
	})
}

func (s *Server) proposeForCase(c echo.Context) error {
	var body proposalBody
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Propose(ctx, r, id, body.proposal())
	})
}

func (s *Server) assessCase(c echo.Context) error {
	return s.act(c, nil, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.AssessWith(ctx, r, id, s.classify)
	})
}

func (s *Server) submitCase(c echo.Context) error {
	return s.act(c, nil, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.SubmitWith(ctx, r, id, s.classify)
	})
}

func (s *Server) takeCase(c echo.Context) error { return s.act(c, nil, s.Cases.Take) }

// officerBody names an account.
type officerBody struct {
	Officer string `json:"officer"`
}

func (s *Server) assignCase(c echo.Context) error {
	var body officerBody
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		officer, err := s.anOfficer(ctx, body.Officer)
		if err != nil {
			return review.Case{}, err
		}
		return s.Cases.Assign(ctx, r, id, officer)
	})
}

func (s *Server) askSecond(c echo.Context) error {
	var body officerBody
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		officer, err := s.anOfficer(ctx, body.Officer)
		if err != nil {
			return review.Case{}, err
		}
		return s.Cases.AskSecond(ctx, r, id, officer)
	})
}

func (s *Server) decideCase(c echo.Context) error {
	var body review.Ruling
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Decide(ctx, r, id, body)
	})
}

// textBody is something written to others.
type textBody struct {
	Text string `json:"text"`
}

func (s *Server) returnCase(c echo.Context) error {
	var body textBody
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Return(ctx, r, id, body.Text)
	})
}

func (s *Server) reopenCase(c echo.Context) error {
	var body textBody
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Reopen(ctx, r, id, body.Text)
	})
}

func (s *Server) letStand(c echo.Context) error {
	var body struct {
		List   corpus.ListID `json:"list"`
		Reason string        `json:"reason"`
	}
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Stand(ctx, r, id, body.List, body.Reason)
	})
}

func (s *Server) commentOnCase(c echo.Context) error {
	var body struct {
		Text     string `json:"text"`
		Internal bool   `json:"internal"`
	}
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Comment(ctx, r, id, body.Text, body.Internal)
	})
}

func (s *Server) requestInformation(c echo.Context) error {
	var body textBody
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Ask(ctx, r, id, body.Text)
	})
}

func (s *Server) answerRequest(c echo.Context) error {
	var body struct {
		Request int    `json:"request"` // number of the message that asks
		Text    string `json:"text"`
	}
	return s.act(c, &body, func(ctx context.Context, r review.Request, id string) (review.Case, error) {
		return s.Cases.Answer(ctx, r, id, body.Request, body.Text)
	})
}
