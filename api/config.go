package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"time"

	"assay/classifier"
	"assay/classifier/embedding"
	"assay/corpus"
	"assay/corpus/digest"
	"assay/review"
	"assay/review/account"
)

// Classifier is what the server needs of a classifier; *classifier.Classifier is one.
type Classifier interface {
	// Classify assesses a product on lists, or on DefaultLists when lists is
	// empty. An *classifier.InputError may be shown to whoever asked.
	Classify(ctx context.Context, p classifier.Product, lists []corpus.ListID) (classifier.Assessment, error)
	Lists() []corpus.ListID
	DefaultLists() []corpus.ListID
	Model() string
	Corpus() string
}

// Config is what a Server serves and within which limits. Only Digest and a
// classifier to begin with are needed; every other field has a usable zero value.
type Config struct {
	Serving  Serving // to begin with; Server.Use puts another in its place
	Digest   *digest.Digest
	Embedder embedding.Embedder // nil: there are no embeddings to be had
	Log      *slog.Logger       // nil: no log
	Version  string             // of the program; default "dev"

	// Cases is the way to cases; nil: this server keeps none, and says so.
	Cases *review.Service
	// Inspect says how the store is, for readiness; nil: nobody looks.
	Inspect func(context.Context) []review.Condition
	// Meter is told what the server does; nil: nobody is.
	Meter Meter
	// Memos sets memos of cases; nil: this server writes none, and says so.
	Memos Memos
	// Edition returns an edition that is not served, by its id, or nil when it
	// is not at hand: older decisions rest on older editions. May be nil.
	Edition func(ctx context.Context, id string) *corpus.Outline
	// Self is who asks where there are no accounts: one person at one machine.
	// Default: "local", an admin of the organisation "own".
	Self review.Actor
	// Accounts is who may come in; nil: everybody who reaches the server is Self.
	Accounts *account.Service
	// OpenID is a provider through which people may sign in; nil: with passwords only.
	OpenID OpenID
	// Open lets anybody classify and read lists without signing in.
	Open bool
	// Rate is how many requests an account, or an address without one, may send
	// in a minute, where there are accounts; default 1200.
	Rate int

	// PublicURL is under what address people reach the server, without a path:
	// "https://assay.example.org". Default: as each request says.
	PublicURL string
	// TrustedProxies may say in X-Forwarded-For and X-Forwarded-Proto whom they
	// speak for. Default: nobody.
	TrustedProxies []netip.Prefix

	// Hosts are names under which the server may be asked besides localhost,
	// 127.0.0.1 and ::1. When it is empty, connections that do not arrive over
	// loopback are not checked. "*" accepts any name everywhere.
	Hosts []string

	MaxBody         int64         // bytes of a request's body, documents apart; default 1 MiB
	RequestTimeout  time.Duration // for one answer; default 10 s
	TransferTimeout time.Duration // for a request that carries a document; default 2 min
	AuditTimeout    time.Duration // for verifying or exporting the audit log; default 1 h
	Concurrency     int           // requests that compute at once; default 4 for each processor
	Uploads         int           // documents that are taken in at once, and a quarter of those handed out, each held in memory; default 4
	QueueWait       time.Duration // how long a request waits for its turn; default 2 s
	DrainTimeout    time.Duration // how long Serve lets running requests finish; default 10 s
	Now             func() time.Time
}

func (c Config) withDefaults() (Config, error) {
	if c.Serving.Classifier == nil || c.Digest == nil {
		return c, errors.New("api: a classifier and a digest are needed")
	}
	if c.MaxBody < 0 || c.Concurrency < 0 || c.Uploads < 0 || c.Rate < 0 || min(c.RequestTimeout, c.TransferTimeout, c.AuditTimeout, c.QueueWait, c.DrainTimeout) < 0 {
		return c, errors.New("api: a limit is negative; 0 means its default")
	}
	for i, h := range c.Hosts {
		if h == "" || strings.ContainsAny(h, "/ ") {
			return c, fmt.Errorf("api: %q (host %d) is not a host name; write it like assay.example.org", h, i+1)
		}
	}
	if c.PublicURL = strings.TrimSuffix(c.PublicURL, "/"); c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return c, fmt.Errorf("api: %q is not the address of a server; write it like https://assay.example.org", c.PublicURL)
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Self.ID == "" {
		c.Self = review.Actor{ID: "local", Role: review.Admin, Organisation: "own"}
	}
	if c.Meter == nil {
		c.Meter = idle{}
	}
	c.Version = cmp.Or(c.Version, "dev")
	c.Rate = cmp.Or(c.Rate, 1200)
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.RequestTimeout = cmp.Or(c.RequestTimeout, 10*time.Second)
	c.TransferTimeout = cmp.Or(c.TransferTimeout, 2*time.Minute)
	c.AuditTimeout = cmp.Or(c.AuditTimeout, time.Hour)
	c.Uploads = cmp.Or(c.Uploads, 4)
	c.Concurrency = cmp.Or(c.Concurrency, 4*runtime.NumCPU())
	c.QueueWait = cmp.Or(c.QueueWait, 2*time.Second)
	c.DrainTimeout = cmp.Or(c.DrainTimeout, 10*time.Second)
	return c, nil
}
