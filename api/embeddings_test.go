package api

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
)

// embeddingsOf is the answer as a client of OpenAI reads it.
type embeddingsOf[V any] struct {
	Object string `json:"object"`
	Data   []struct {
		Object    string `json:"object"`
		Embedding V      `json:"embedding"`
		Index     int    `json:"index"`
	} `json:"data"`
	Model string `json:"model"`
	Usage usage  `json:"usage"`
}

func TestEmbeddings(t *testing.T) {
	s := newServer(t, embedding4)
	for name, body := range map[string]string{
		"text":          `{"input":"a fast pump","model":"hash-4"}`,
		"array":         `{"input":["a fast pump"],"model":"hash-4","encoding_format":"float"}`,
		"without model": `{"input":["a fast pump"]}`,
		"as clients do": `{"input":["a fast pump"],"model":"hash-4","user":"","dimensions":4}`,
	} {
		rec := post(t, s, "/v1/embeddings", mediaJSON, body)
		if rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", name, rec.Code, rec.Body)
		}
		got := decodeBody[embeddingsOf[[]float32]](t, rec)
		want, _ := hashEmbedder{}.Embed(t.Context(), []string{"a fast pump"})
		if got.Object != "list" || got.Model != "hash-4" || len(got.Data) != 1 || got.Data[0].Object != "embedding" || fmt.Sprint(got.Data[0].Embedding) != fmt.Sprint(want[0]) {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Usage.PromptTokens != 3 || got.Usage.TotalTokens != 3 {
			t.Errorf("%s: usage %+v", name, got.Usage)
		}
	}
}

func TestEmbeddingsKeepTheOrder(t *testing.T) {
	texts := []string{"a", "b", "c", "d", "a"}
	body, _ := json.Marshal(map[string]any{"input": texts, "encoding_format": "base64"})
	got := decodeBody[embeddingsOf[string]](t, post(t, newServer(t, embedding4), "/v1/embeddings", mediaJSON, string(body)))
	want, _ := hashEmbedder{}.Embed(t.Context(), texts)
	if len(got.Data) != len(texts) {
		t.Fatalf("%d vectors", len(got.Data))
	}
	for i, d := range got.Data {
		raw, err := base64.StdEncoding.DecodeString(d.Embedding)
		if err != nil || len(raw) != 16 || d.Index != i {
			t.Fatalf("vector %d: %v, %d bytes, index %d", i, err, len(raw), d.Index)
		}
		for k := range 4 {
			if x := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:])); x != want[i][k] {
				t.Errorf("vector %d is %v at %d, want %v", i, x, k, want[i][k])
			}
		}
	}
}

func TestEmbeddingsRefuse(t *testing.T) {
	s := newServer(t, embedding4)
	tests := []struct {
		name, body  string
		status      int
		param, says string
	}{
		{"no input", `{"model":"hash-4"}`, 422, "input", "array of texts"},
		{"null", `{"input":null}`, 422, "input", "array of texts"},
		{"null inside", `{"input":["a",null]}`, 422, "input", "array of texts"},
		{"tokens", `{"input":[[1,2]]}`, 422, "input", "token numbers"},
		{"number", `{"input":5}`, 422, "input", "array of texts"},
		{"no texts", `{"input":[]}`, 422, "input", "0 texts"},
		{"too many", `{"input":[` + strings.Repeat(`"a",`, maxInputs) + `"a"]}`, 422, "input", "257 texts"},
		{"empty text", `{"input":["a",""]}`, 422, "input", "text 1"},
		{"long text", `{"input":"` + strings.Repeat("a", maxInputSize+1) + `"}`, 422, "input", "32769 bytes"},
		{"NUL", `{"input":"a\u0000"}`, 422, "input", "NUL"},
		{"other model", `{"input":"a","model":"text-embedding-3-small"}`, 404, "model", `ask for "hash-4"`},
		{"format", `{"input":"a","encoding_format":"int8"}`, 422, "encoding_format", "int8"},
		{"dimensions", `{"input":"a","dimensions":3}`, 422, "dimensions", "only be 4"},
		{"unknown field", `{"inputs":"a"}`, 400, "inputs", "inputs"},
		{"no JSON", `a`, 400, "", "byte 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rec := post(t, s, "/v1/embeddings", mediaJSON, tt.body)
			e := decodeBody[openAIErrorBody](t, rec).Error
			param := ""
			if e.Param != nil {
				param = *e.Param
			}
			if rec.Code != tt.status || param != tt.param || !strings.Contains(e.Message, tt.says) || e.Type != "invalid_request_error" {
				t.Errorf("%d %+v param %q", rec.Code, e, param)
			}
		})
	}
}

func TestEmbeddingsFail(t *testing.T) {
	rec := post(t, newServer(t), "/v1/embeddings", mediaJSON, `{"input":"a"}`)
	if e := decodeBody[openAIErrorBody](t, rec).Error; rec.Code != 503 || e.Type != "server_error" || rec.Header().Get("Retry-After") == "" {
		t.Errorf("without a model: %d %+v", rec.Code, e)
	}
	s := newServer(t, func(c *Config) { c.Embedder = hashEmbedder{errors.New("secret")} })
	rec = post(t, s, "/v1/embeddings", mediaJSON, `{"input":"a"}`)
	if e := decodeBody[openAIErrorBody](t, rec).Error; rec.Code != 500 || strings.Contains(e.Message, "secret") {
		t.Errorf("failing model: %d %+v", rec.Code, e)
	}
}
