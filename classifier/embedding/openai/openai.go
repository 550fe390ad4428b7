// Package openai makes vectors through any endpoint that speaks OpenAI's embeddings protocol: OpenAI itself, a local model server,
// or another Assay.
//
// It cuts texts into batches, waits and tries again when the server is busy or out of reach, and believes nothing that it is
// told: vectors are put in order by their index, counted, measured and scaled to unit length. The key comes from the
// configuration or the environment; it goes into the request's header and nowhere else.
//
// This is the only package that imports go-openai, and nothing of that module shows in its interface.
package openai

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"assay/classifier/embedding"

	"github.com/cenkalti/backoff/v5"
	client "github.com/sashabaranov/go-openai"
)

// What a zero field of Config means.
const (
	DefaultBaseURL   = "https://api.openai.com/v1"
	DefaultModel     = string(client.SmallEmbedding3)
	DefaultBatchSize = 64
	DefaultTimeout   = 30 * time.Second
	DefaultTries     = 5
)

// The environment variables that a key is taken from. The second is read only for OpenAI's own address, so that its key is
// never sent to somebody else's server.
const (
	KeyVariable       = "ASSAY_OPENAI_KEY"
	OpenAIKeyVariable = "OPENAI_API_KEY"
)

// longestWait bounds what a server may ask for with Retry-After.
const longestWait = time.Minute

// Config says which endpoint and how to treat it. The zero value is OpenAI's small model with the key from the environment.
type Config struct {
	// BaseURL is the address that "/embeddings" is added to. DefaultBaseURL if empty.
	BaseURL string
	// Model is sent with every request and becomes the Embedder's Name. DefaultModel if empty.
	Model string
	// Key is the bearer token. If empty it is taken from KeyVariable, or OpenAIKeyVariable; there may be none at all, as local
	// servers need none.
	Key string `json:"-"`
	// Dimension is the length that vectors must have. If 0 the first answer decides.
	Dimension int
	// Shorten asks the server for vectors of Dimension, which only some models can give.
	Shorten bool
	// BatchSize is the most texts in one request. DefaultBatchSize if 0.
	BatchSize int
	// Timeout is the time for one request. DefaultTimeout if 0.
	Timeout time.Duration
	// Tries is how often one request is tried in all. DefaultTries if 0.
	Tries int
	// FirstWait is the pause before the second try, about doubled before each further one unless the server names another.
	// Half a second if 0.
	FirstWait time.Duration
}

// String shows the configuration without the key, so that printing it by accident gives nothing away.
func (c Config) String() string {
	return fmt.Sprintf("openai{%s %s, %d dimensions}", c.BaseURL, c.Model, c.Dimension)
}

// GoString is String, for %#v.
func (c Config) GoString() string { return c.String() }

// Embedder is an embedding.Embedder on a remote endpoint.
type Embedder struct {
	config Config
	client *client.Client

	mu        sync.Mutex
	dimension int
}

var _ embedding.Embedder = (*Embedder)(nil)

// New checks the configuration and fills in what it leaves open. It does not contact the server.
func New(c Config) (*Embedder, error) {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	address, err := url.Parse(c.BaseURL)
	if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return nil, fmt.Errorf("openai: the base URL is not an http or https address with a host, such as %s", DefaultBaseURL)
	}
	if address.User != nil {
		return nil, fmt.Errorf("openai: the base URL of %s contains a user name: put the key into %s instead", address.Host, KeyVariable)
	}
	if c.Model == "" {
		c.Model = DefaultModel
	}
	if c.Key == "" {
		c.Key = os.Getenv(KeyVariable)
	}
	if c.Key == "" && c.BaseURL == DefaultBaseURL {
		c.Key = os.Getenv(OpenAIKeyVariable)
	}
	c.Key = strings.TrimSpace(c.Key)
	if strings.ContainsFunc(c.Key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, fmt.Errorf("openai: the key holds a character that no header may carry: check %s", KeyVariable)
	}
	switch {
	case c.Dimension < 0 || c.BatchSize < 0 || c.Timeout < 0 || c.Tries < 0 || c.FirstWait < 0:
		return nil, fmt.Errorf("openai: dimension, batch size, timeout, tries and first wait must not be negative")
	case c.Shorten && c.Dimension == 0:
		return nil, fmt.Errorf("openai: to shorten vectors, say to which dimension")
	}
	c.BatchSize = orDefault(c.BatchSize, DefaultBatchSize)
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.Tries = orDefault(c.Tries, DefaultTries)
	c.FirstWait = orDefault(c.FirstWait, backoff.DefaultInitialInterval)

	settings := client.DefaultConfig(c.Key)
	settings.BaseURL = c.BaseURL
	settings.HTTPClient = bounded{&http.Client{}}
	return &Embedder{config: c, client: client.NewClientWithConfig(settings), dimension: c.Dimension}, nil
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// String shows which endpoint this is, without the key.
func (e *Embedder) String() string { return e.config.String() }

// GoString is String, for %#v.
func (e *Embedder) GoString() string { return e.config.String() }

// Name returns the model's name as the server knows it.
func (e *Embedder) Name() string { return e.config.Model }

// Dimension returns the length of the vectors, or 0 if it was not configured and nothing has been embedded yet.
func (e *Embedder) Dimension() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dimension
}

// Embed sends the texts in batches, one after another. An empty text is sent as a single space, since servers refuse empty ones.
// The error of a request that failed for good is an *Error.
func (e *Embedder) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, 0, len(texts))
	for from := 0; from < len(texts); from += e.config.BatchSize {
		batch := make([]string, min(e.config.BatchSize, len(texts)-from))
		for i := range batch {
			batch[i] = texts[from+i]
			if batch[i] == "" {
				batch[i] = " "
			}
		}
		got, err := e.batch(ctx, batch)
		if err != nil {
			return nil, err
		}
		vectors = append(vectors, got...)
	}
	return vectors, nil
}

// batch sends one request as often as it takes, within Tries.
func (e *Embedder) batch(ctx context.Context, texts []string) ([][]float32, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = e.config.FirstWait
	var last error // what a try failed with, which Retry would hide behind the wait it asks for
	tries := 0
	vectors, err := backoff.Retry(ctx, func() ([][]float32, error) {
		tries++
		answer, err := e.request(ctx, texts)
		if err == nil {
			return answer, nil
		}
		last = err
		if !err.temporary || ctx.Err() != nil {
			return nil, backoff.Permanent(err)
		}
		if err.wait > 0 {
			return nil, &backoff.RetryAfterError{Duration: err.wait}
		}
		return nil, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(uint(e.config.Tries)), backoff.WithMaxElapsedTime(0))
	switch {
	case err == nil:
		return vectors, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("openai: embedding stopped: %w", context.Cause(ctx))
	case tries > 1:
		return nil, fmt.Errorf("openai: given up after %d tries: %w", tries, last)
	}
	return nil, fmt.Errorf("openai: %w", last)
}

// request sends the texts once.
func (e *Embedder) request(ctx context.Context, texts []string) ([][]float32, *Error) {
	ctx, cancel := context.WithTimeout(ctx, e.config.Timeout)
	defer cancel()
	req := client.EmbeddingRequest{Input: texts, Model: client.EmbeddingModel(e.config.Model)}
	if e.config.Shorten {
		req.Dimensions = e.config.Dimension
	}
	answer, err := e.client.CreateEmbeddings(ctx, req)
	if err != nil {
		return nil, e.failed(ctx, err, answer.Header())
	}
	vectors, err := e.order(answer.Data, len(texts))
	if err != nil {
		return nil, &Error{Host: e.host(), Message: err.Error()}
	}
	return vectors, nil
}

// order puts the vectors at their places and checks them. An answer with any fault changes nothing.
func (e *Embedder) order(data []client.Embedding, want int) ([][]float32, error) {
	if len(data) != want {
		return nil, fmt.Errorf("the answer holds %d vectors for %d texts: try a smaller batch size", len(data), want)
	}
	length := len(data[0].Embedding)
	vectors := make([][]float32, want)
	for _, d := range data {
		switch {
		case d.Index < 0 || d.Index >= want:
			return nil, fmt.Errorf("the answer holds a vector of index %d for %d texts", d.Index, want)
		case vectors[d.Index] != nil:
			return nil, fmt.Errorf("the answer holds two vectors of index %d", d.Index)
		case len(d.Embedding) == 0:
			return nil, fmt.Errorf("the vector of index %d is empty", d.Index)
		case len(d.Embedding) != length:
			return nil, fmt.Errorf("the answer holds vectors of %d and of %d dimensions", length, len(d.Embedding))
		case !embedding.Normalize(d.Embedding):
			return nil, fmt.Errorf("the vector of index %d has no direction", d.Index)
		}
		vectors[d.Index] = d.Embedding
	}
	if err := e.fits(length); err != nil {
		return nil, err
	}
	return vectors, nil
}

// fits holds every answer to one dimension, which the first one sets if the configuration does not.
func (e *Embedder) fits(length int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.dimension == 0:
		e.dimension = length
		return nil
	case length == e.dimension:
		return nil
	case e.config.Dimension != 0:
		return fmt.Errorf("the model %q gives vectors of %d dimensions, and %d are configured: "+
			"configure %d and embed all texts again, or choose a model of %d", e.config.Model, length, e.dimension, length, e.dimension)
	}
	return fmt.Errorf("the model %q gave vectors of %d dimensions before and of %d now: "+
		"the server changed its model; embed all texts again with one model", e.config.Model, e.dimension, length)
}

func (e *Embedder) host() string {
	address, err := url.Parse(e.config.BaseURL)
	if err != nil { // New has parsed it
		return "the server"
	}
	return address.Host
}
