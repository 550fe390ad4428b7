package api

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
)

// route is one row of the table of what can be asked: openapi.yaml has the same rows.
type route struct {
	method, path string
	who          access
	scope        scope
	handle       echo.HandlerFunc
}

// table returns every route, in parts of which each stands beside its handlers.
func (s *Server) table() []route {
	return slices.Concat(
		s.classifyRoutes(),
		s.caseRoutes(),
		s.memoRoutes(),
		s.webhookRoutes(),
		s.pageRoutes(),
		s.signInRoutes(),
		s.openIDRoutes(),
		s.ownRoutes(),
		s.accountRoutes(),
		s.metricsRoutes(),
		s.healthRoutes(),
	)
}

func (s *Server) classifyRoutes() []route {
	return []route{
		{"GET", "/", readers, scopeClassify, s.getPage},
		{"POST", "/", readers, scopeClassify, s.postPage},
		{"GET", "/entries", readers, scopeClassify, s.findEntry},
		{"GET", "/entries/:code", readers, scopeClassify, s.entryPage},
		{"GET", "/static/:file", anyone, scopeNone, s.staticFile},
		{"GET", "/api/v1/openapi.yaml", anyone, scopeNone, s.openAPI},
		{"GET", "/api/v1/lists", readers, scopeClassify, s.listLists},
		{"GET", "/api/v1/entries/:code", readers, scopeClassify, s.getEntry},
		{"POST", "/api/v1/classify", readers, scopeClassify, s.postClassify},
		{"POST", "/v1/embeddings", readers, scopeClassify, s.postEmbeddings},
	}
}

// healthRoutes stand at the root and once more below the API, for clients that
// know no other root.
func (s *Server) healthRoutes() []route {
	return []route{
		{"GET", "/healthz", anyone, scopeNone, s.healthz},
		{"GET", "/readyz", anyone, scopeNone, s.readyz},
		{"GET", "/api/v1/healthz", anyone, scopeNone, s.healthz},
		{"GET", "/api/v1/readyz", anyone, scopeNone, s.readyz},
	}
}

// routes returns the router of rows.
func (s *Server) routes(rows []route) *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.fail(c.Response(), c.Request(), err) }
	for _, row := range rows {
		methods := []string{row.method}
		if row.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		e.Match(methods, row.path, s.limited(row, s.guard(row)))
	}
	return e
}

// audience is who reads an answer, which decides the form of an error.
type audience int

const (
	people  audience = iota // HTML
	clients                 // our JSON
	openAI                  // JSON as OpenAI writes it
)

func audienceOf(path string) audience {
	switch {
	case hasPrefix(path, "/v1"):
		return openAI
	case hasPrefix(path, "/api"), path == "/healthz", path == "/readyz", path == "/metrics":
		return clients
	}
	return people
}

// hasPrefix reports whether path is dir or lies below it.
func hasPrefix(path, dir string) bool {
	return path == dir || len(path) > len(dir) && path[:len(dir)+1] == dir+"/"
}
