package api

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"

	"assay/classifier/reading"

	"github.com/labstack/echo/v4"
)

// Limits on one request for vectors. Together with MaxBody they keep the work
// for it within RequestTimeout on a small machine.
const (
	maxInputs    = 256
	maxInputSize = 32 << 10 // bytes of one text
)

type embeddingsRequest struct {
	Input          json.RawMessage `json:"input"`
	Model          string          `json:"model"`
	EncodingFormat string          `json:"encoding_format"`
	Dimensions     *int            `json:"dimensions"`
	User           string          `json:"user"` // accepted as OpenAI does, and not used
}

type embeddingsBody struct {
	Object string   `json:"object"`
	Data   []vector `json:"data"`
	Model  string   `json:"model"`
	Usage  usage    `json:"usage"`
}

type vector struct {
	Object    string `json:"object"`
	Embedding any    `json:"embedding"` // []float32, or base64 of them in little-endian order
	Index     int    `json:"index"`
}

type usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

func (s *Server) postEmbeddings(c echo.Context) error {
	if s.Embedder == nil {
		return &failure{kind: kindUnavailable, message: "this server runs without an embedding model", remedy: "start it with one"}
	}
	data, err := s.readBody(c.Response(), c.Request(), echo.MIMEApplicationJSON)
	if err != nil {
		return err
	}
	var req embeddingsRequest
	if err := decode(data, &req); err != nil {
		return err
	}
	texts, err := s.checkEmbeddings(req)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	vectors, err := s.Embedder.Embed(ctx, texts)
	s.gate.leave()
	if err != nil {
		return err
	}
	body := embeddingsBody{Object: "list", Model: s.Embedder.Name(), Data: make([]vector, len(vectors))}
	for i, v := range vectors {
		body.Data[i] = vector{Object: "embedding", Index: i, Embedding: v}
		if req.EncodingFormat == "base64" {
			body.Data[i].Embedding = littleEndian(v)
		}
	}
	for _, t := range texts {
		body.Usage.PromptTokens += len(reading.Tokens(t))
	}
	body.Usage.TotalTokens = body.Usage.PromptTokens
	s.writeJSON(c.Response(), c.Request(), http.StatusOK, body)
	return nil
}

// checkEmbeddings returns the texts of a request that can be answered.
func (s *Server) checkEmbeddings(req embeddingsRequest) ([]string, error) {
	bad := func(field, remedy, format string, args ...any) error {
		return &failure{kind: kindInvalidInput, field: field, message: fmt.Sprintf(format, args...), remedy: remedy}
	}
	// Vectors of another model than the one asked for would be compared with
	// wrong ones, so a wrong name is refused rather than passed over.
	if req.Model != "" && req.Model != s.Embedder.Name() {
		return nil, &failure{kind: kindNotFound, field: "model", message: fmt.Sprintf("there is no model %.80q here", req.Model), remedy: fmt.Sprintf("ask for %q", s.Embedder.Name())}
	}
	switch req.EncodingFormat {
	case "", "float", "base64":
	default:
		return nil, bad("encoding_format", `ask for "float" or "base64"`, "encoding_format %.40q is not known", req.EncodingFormat)
	}
	if d := s.Embedder.Dimension(); req.Dimensions != nil && *req.Dimensions != d && d != 0 {
		return nil, bad("dimensions", "leave dimensions out", "dimensions can only be %d for this model", d)
	}
	texts, ok := inputTexts(req.Input)
	if !ok {
		return nil, bad("input", "token numbers are not accepted", "input must be a text or an array of texts")
	}
	if len(texts) == 0 || len(texts) > maxInputs {
		return nil, bad("input", "send them in several requests", "input holds %d texts; it must be 1 to %d", len(texts), maxInputs)
	}
	for i, t := range texts {
		switch {
		case t == "":
			return nil, bad("input", "leave it out", "text %d of input is empty", i)
		case len(t) > maxInputSize:
			return nil, bad("input", "cut it", "text %d of input has %d bytes; at most %d", i, len(t), maxInputSize)
		case strings.ContainsRune(t, 0):
			return nil, bad("input", "is it a binary file?", "text %d of input holds a NUL", i)
		}
	}
	return texts, nil
}

func inputTexts(raw json.RawMessage) ([]string, bool) {
	var one *string
	if json.Unmarshal(raw, &one) == nil && one != nil {
		return []string{*one}, true
	}
	var many []*string
	if json.Unmarshal(raw, &many) != nil || many == nil {
		return nil, false
	}
	texts := make([]string, len(many))
	for i, t := range many {
		if t == nil {
			return nil, false
		}
		texts[i] = *t
	}
	return texts, true
}

func littleEndian(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(b)
}
