package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// routes is the one table of what can be asked. openapi.yaml has the same rows.
func (s *Server) routes() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = func(err error, c echo.Context) { s.fail(c.Response(), c.Request(), err) }

	get := func(path string, h echo.HandlerFunc) { e.Match([]string{http.MethodGet, http.MethodHead}, path, h) }
	get("/", s.getPage)
	e.POST("/", s.postPage)
	get("/entries", s.findEntry)
	get("/entries/:code", s.entryPage)
	get("/static/:file", s.staticFile)

	get("/healthz", s.healthz)
	get("/readyz", s.readyz)
	// The same two below the API, for clients that know no other root.
	get("/api/v1/healthz", s.healthz)
	get("/api/v1/readyz", s.readyz)
	get("/api/v1/openapi.yaml", s.openAPI)
	get("/api/v1/lists", s.listLists)
	get("/api/v1/entries/:code", s.getEntry)
	e.POST("/api/v1/classify", s.postClassify)

	e.POST("/v1/embeddings", s.postEmbeddings)
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
	case hasPrefix(path, "/api"), path == "/healthz", path == "/readyz":
		return clients
	}
	return people
}

// hasPrefix reports whether path is dir or lies below it.
func hasPrefix(path, dir string) bool {
	return path == dir || len(path) > len(dir) && path[:len(dir)+1] == dir+"/"
}
