package api

import (
	"net/http"
	"net/url"

	"assay/review"

	"github.com/labstack/echo/v4"
)

// webhookRoutes are subscriptions to what happens to cases. Whose cases, and
// whose webhooks, is for review to say.
func (s *Server) webhookRoutes() []route {
	rows := []route{
		{"GET", "/api/v1/webhooks", exporters, scopeWrite, s.listWebhooks},
		{"POST", "/api/v1/webhooks", exporters, scopeWrite, s.addWebhook},
		{"GET", "/api/v1/webhooks/:id", exporters, scopeWrite, s.getWebhook},
		{"POST", "/api/v1/webhooks/:id/switch", exporters, scopeWrite, s.switchWebhook},
		{"POST", "/api/v1/webhooks/:id/remove", exporters, scopeWrite, s.removeWebhook},
		{"POST", "/api/v1/webhooks/:id/test", exporters, scopeWrite, s.testWebhook},
		{"GET", "/api/v1/webhooks/:id/deliveries", exporters, scopeWrite, s.listDeliveries},
		{"POST", "/api/v1/webhooks/:id/deliveries/:delivery/redeliver", exporters, scopeWrite, s.redeliver},
	}
	for i := range rows {
		rows[i].handle = s.withCases(adminScope(rows[i].handle))
	}
	return rows
}

// adminScope wants scopeAdmin of an admin's token, whose webhooks hear of
// everybody's cases; an exporter's cannot have it and needs scopeWrite alone.
func adminScope(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if who := whoAsks(c.Request()); who.Role == review.Admin && !who.fits(scopeAdmin) {
			return &failure{kind: kindForbidden, message: "the API token lacks the scope " + string(scopeAdmin), remedy: "make one that has it"}
		}
		return next(c)
	}
}

func (s *Server) listWebhooks(c echo.Context) error {
	if err := newQuery(c.Request()).end(); err != nil {
		return err
	}
	all, err := s.Cases.Webhooks(c.Request().Context(), whoAsks(c.Request()).Actor)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, map[string][]review.Webhook{"webhooks": all})
	return nil
}

type newWebhookBody struct {
	URL          string             `json:"url"`
	Events       []review.EventType `json:"events"`
	Organisation string             `json:"organisation"`
}

// addedWebhook is the one answer that holds the secret.
type addedWebhook struct {
	review.Webhook
	Secret string `json:"secret"`
}

func (s *Server) addWebhook(c echo.Context) error {
	var body newWebhookBody
	if err := s.jsonBody(c, &body); err != nil {
		return err
	}
	w, secret, err := s.Cases.AddWebhook(c.Request().Context(), asking(c.Request(), 0), review.NewWebhook(body))
	if err != nil {
		return err
	}
	c.Response().Header().Set("Location", "/api/v1/webhooks/"+url.PathEscape(w.ID))
	s.writeJSON(c.Response(), c.Request(), http.StatusCreated, addedWebhook{w, secret})
	return nil
}

func (s *Server) getWebhook(c echo.Context) error {
	w, err := s.Cases.Webhook(c.Request().Context(), whoAsks(c.Request()).Actor, c.Param("id"))
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, w)
	return nil
}

func (s *Server) switchWebhook(c echo.Context) error {
	var body struct {
		Active *bool `json:"active"`
	}
	if err := s.jsonBody(c, &body); err != nil {
		return err
	}
	if body.Active == nil {
		return &failure{kind: kindInvalidInput, message: "active is missing", field: "active", remedy: "send true or false"}
	}
	w, err := s.Cases.SwitchWebhook(c.Request().Context(), asking(c.Request(), 0), c.Param("id"), *body.Active)
	if err != nil {
		return err
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, w)
	return nil
}

func (s *Server) removeWebhook(c echo.Context) error {
	if err := s.noBody(c); err != nil {
		return err
	}
	if err := s.Cases.RemoveWebhook(c.Request().Context(), asking(c.Request(), 0), c.Param("id")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

func (s *Server) testWebhook(c echo.Context) error {
	if err := s.noBody(c); err != nil {
		return err
	}
	if err := s.Cases.TestWebhook(c.Request().Context(), asking(c.Request(), 0), c.Param("id")); err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}

type deliveriesBody struct {
	Deliveries []review.Delivery `json:"deliveries"`
	Next       int64             `json:"next,omitempty"` // give it as from
}

func (s *Server) listDeliveries(c echo.Context) error {
	q := newQuery(c.Request())
	f := review.DeliveryFilter{Webhook: c.Param("id"), State: review.DeliveryState(q.text("state")), From: q.whole("from", 1, 1<<62), Limit: int(q.whole("limit", 1, review.MaxPage))}
	if err := q.end(); err != nil {
		return err
	}
	found, err := s.Cases.Deliveries(c.Request().Context(), whoAsks(c.Request()).Actor, f)
	if err != nil {
		return err
	}
	body := deliveriesBody{Deliveries: found}
	if n := len(found); n > 0 && n == (review.Filter{Limit: f.Limit}).PageSize() {
		body.Next = found[n-1].Number
	}
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, body)
	return nil
}

func (s *Server) redeliver(c echo.Context) error {
	if err := s.noBody(c); err != nil {
		return err
	}
	if err := s.Cases.Redeliver(c.Request().Context(), asking(c.Request(), 0), c.Param("id"), c.Param("delivery")); err != nil {
		return err
	}
	return c.NoContent(http.StatusAccepted)
}
