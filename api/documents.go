package api

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"

	"assay/review"

	"github.com/labstack/echo/v4"
)

func (s *Server) listDocuments(c echo.Context) error {
	found, err := s.Cases.Get(c.Request().Context(), whoAsks(c.Request()).Actor, c.Param("id"))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, map[string][]review.Document{"documents": found.Documents})
	return nil
}

// within runs do, which holds a document in memory, when g has a place for it.
func within(g *gate, c echo.Context, do func() error) error {
	if err := g.enter(c.Request().Context()); err != nil {
		return err
	}
	defer g.leave()
	return do()
}

func (s *Server) attachDocument(c echo.Context) error {
	req, err := acting(c.Request())
	if err != nil {
		return err
	}
	return within(s.uploads, c, func() error {
		u, err := s.readUpload(c.Response(), c.Request())
		if err != nil {
			return err
		}
		done, err := s.Cases.Attach(c.Request().Context(), req, c.Param("id"), u)
		if err != nil {
			return err
		}
		if seq := 1 + slices.IndexFunc(done.Documents, func(d review.Document) bool { return d.SHA256 == review.FileSum(u.Data) }); seq > 0 {
			c.Response().Header().Set("Location", fmt.Sprintf("/api/v1/cases/%s/documents/%d", done.ID, seq))
		}
		return s.writeCase(c, http.StatusCreated, done)
	})
}

// createFromForm begins a case with documents.
func (s *Server) createFromForm(c echo.Context, req review.Request) error {
	return within(s.uploads, c, func() error {
		f, err := s.readForm(c.Response(), c.Request(), "case")
		if err != nil {
			return err
		}
		var body newCaseBody
		if f.data != nil {
			if err := decode(f.data, &body); err != nil {
				return err
			}
		}
		o, err := body.opening()
		if err != nil {
			return err
		}
		o.Documents = f.documents
		return s.open(c, req, o)
	})
}

// handOut answers with a part of the document in the address.
func (s *Server) handOut(c echo.Context, write func(review.Document, review.File) error) error {
	seq, err := strconv.Atoi(c.Param("seq"))
	if err != nil {
		seq = 0 // which no document has
	}
	return within(s.downloads, c, func() error {
		d, f, err := s.Cases.Document(c.Request().Context(), whoAsks(c.Request()).Actor, c.Param("id"), seq)
		if err != nil {
			return err
		}
		return write(d, f)
	})
}

// getDocument hands out the bytes as they came, for saving and not for showing:
// they are a stranger's.
func (s *Server) getDocument(c echo.Context) error {
	return s.handOut(c, func(d review.Document, f review.File) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Content-Disposition", cmp.Or(mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}), "attachment"))
		return s.writeBytes(c, d.Media, f.Data)
	})
}

func (s *Server) getDocumentText(c echo.Context) error {
	return s.handOut(c, func(_ review.Document, f review.File) error {
		return s.writeBytes(c, "text/plain; charset=utf-8", []byte(f.Text))
	})
}

func (s *Server) writeBytes(c echo.Context, media string, data []byte) error {
	w := c.Response()
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if _, err := w.Write(data); err != nil {
		s.Log.Debug("answer not taken", "id", requestID(c.Request()), "error", err)
	}
	return nil
}
