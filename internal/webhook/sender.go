package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	"assay/review"
)

// Config is what a Sender is made of. Only Outbox is needed.
type Config struct {
	Outbox review.Outbox
	Key    Key          // opens the secrets
	Log    *slog.Logger // nil: no log
	Now    func() time.Time
	// Chance returns a number from 0 to 1 that spreads attempts; default math/rand.
	Chance func() float64
	// Sent is told of every attempt and how it ended.
	Sent func(review.EventType, review.DeliveryState)

	AllowPrivate bool          // let webhooks reach loopback and private addresses
	Concurrency  int           // webhooks that are sent to at once; default 8
	Timeout      time.Duration // for one attempt; default 10 s
	Poll         time.Duration // how often an empty outbox is looked into; default 1 s
	Keep         time.Duration // how long ended deliveries stay to be seen; default 30 days
	UserAgent    string        // default "Assay"
}

// Sender sends deliveries. Make it with New and let it Run.
type Sender struct {
	Config
	client *http.Client
}

// New returns a Sender of cfg.
func New(cfg Config) (*Sender, error) {
	if cfg.Outbox == nil {
		return nil, errors.New("webhook: an outbox is needed")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Chance == nil {
		cfg.Chance = rand.Float64
	}
	if cfg.Sent == nil {
		cfg.Sent = func(review.EventType, review.DeliveryState) {}
	}
	cfg.Concurrency = cmp.Or(cfg.Concurrency, 8)
	cfg.Timeout = cmp.Or(cfg.Timeout, 10*time.Second)
	cfg.Poll = cmp.Or(cfg.Poll, time.Second)
	cfg.Keep = cmp.Or(cfg.Keep, 30*24*time.Hour)
	cfg.UserAgent = cmp.Or(cfg.UserAgent, "Assay")
	return &Sender{Config: cfg, client: client(cfg.Timeout, cfg.AllowPrivate)}, nil
}

// lease is how long a webhook is this sender's. It must outlast an attempt and
// the writing down of how it went; a killed sender holds a webhook up for as long.
func (s *Sender) lease() time.Duration { return 2*s.Timeout + 10*time.Second }

// Run sends until ctx is done, and returns when what it was sending has ended.
// A store that does not answer is asked again, less and less often.
func (s *Sender) Run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	places := make(chan struct{}, s.Concurrency)
	ended := make(chan struct{}, 1) // an attempt has ended: its webhook may have more
	pause := s.Poll
	purged := s.Now()
	for {
		if s.Now().Sub(purged) > time.Hour {
			purged = s.Now()
			s.purge(ctx)
		}
		free := s.Concurrency - len(places)
		var parcels []review.Parcel
		if free > 0 {
			var err error
			parcels, err = s.Outbox.Claim(ctx, s.Now(), s.lease(), free)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				pause = min(2*pause, time.Minute)
				s.Log.Error("webhooks cannot be read", "error", err, "again_in", pause.String())
			} else {
				pause = s.Poll
			}
		}
		for _, p := range parcels {
			places <- struct{}{}
			sending.Go(func() {
				// What was begun is ended and written down, also while the server shuts down.
				s.handle(context.WithoutCancel(ctx), p)
				<-places
				select {
				case ended <- struct{}{}:
				default:
				}
			})
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-ended:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Once sends what is due now, everything once, and returns how many attempts
// that were. Tests and programs without a loop use it.
func (s *Sender) Once(ctx context.Context) (int, error) {
	parcels, err := s.Outbox.Claim(ctx, s.Now(), s.lease(), s.Concurrency)
	for _, p := range parcels {
		s.handle(ctx, p)
	}
	return len(parcels), err
}

func (s *Sender) purge(ctx context.Context) {
	if n, err := s.Outbox.Purge(ctx, s.Now().Add(-s.Keep)); err != nil {
		s.Log.Error("old webhook deliveries cannot be deleted", "error", err)
	} else if n > 0 {
		s.Log.Info("old webhook deliveries were deleted", "deliveries", n)
	}
}

// handle sends one parcel and writes down how that went.
func (s *Sender) handle(ctx context.Context, p review.Parcel) {
	status, asked, err := s.send(ctx, p)
	o := s.judge(p, status, asked, err)
	s.Sent(p.Delivery.Type, o.State)
	log := s.Log.With("webhook", p.Webhook.ID, "delivery", p.Delivery.ID, "event", p.Delivery.Event, "type", string(p.Delivery.Type), "attempt", p.Delivery.Attempts+1)
	switch o.State {
	case review.Delivered:
		log.Debug("webhook delivered", "status", status)
	case review.Dead:
		log.Warn("webhook delivery given up", "status", status, "error", err)
	default:
		log.Info("webhook not delivered", "status", status, "error", err, "again_at", o.Retry)
	}
	if o.SwitchOff != "" {
		log.Warn("webhook switched off", "reason", o.SwitchOff)
	}
	if err := s.Outbox.Settle(ctx, p, o); err != nil {
		// It will be sent again when the lease has passed; receivers know that.
		log.Error("how a webhook delivery went could not be stored", "error", err)
	}
}

// judge says what follows from an attempt.
func (s *Sender) judge(p review.Parcel, status int, asked time.Duration, err error) review.Outcome {
	now := s.Now()
	o := review.Outcome{At: now, Status: status}
	if err == nil && status/100 == 2 {
		o.State = review.Delivered
		return o
	}
	o.State, o.Error = review.Waiting, explain(status, err, s.Timeout)
	o.Retry = now.Add(wait(p.Delivery.Attempts+1, s.Chance()))
	o.RetryWebhook = now.Add(max(wait(p.Webhook.Failures+1, s.Chance()), min(asked, longestAsked)))
	if status == http.StatusGone {
		o.State, o.SwitchOff = review.Dead, "the endpoint answered 410: it wants no more"
	}
	if p.Delivery.Attempts+1 >= maxAttempts {
		o.State = review.Dead
	}
	if since := p.Webhook.FailingSince; !since.IsZero() && now.Sub(since) > patience {
		o.GiveUp = now.Add(-patience)
	}
	return o
}

// send makes one attempt. It returns the status of the answer, and how long
// the receiver asks to be left alone.
func (s *Sender) send(ctx context.Context, p review.Parcel) (status int, asked time.Duration, err error) {
	secret, err := s.Key.Open(p.Webhook.ID, p.Webhook.Secret)
	if err != nil {
		return 0, 0, &ownFault{err}
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Webhook.URL, bytes.NewReader(p.Delivery.Body))
	if err != nil {
		return 0, 0, err
	}
	if req.URL.Scheme != "https" && !s.AllowPrivate {
		return 0, 0, &ownFault{errors.New("only https addresses are sent to")}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.UserAgent)
	req.Header.Set(HeaderEvent, p.Delivery.Event)
	req.Header.Set(HeaderType, string(p.Delivery.Type))
	req.Header.Set(HeaderDelivery, p.Delivery.ID)
	req.Header.Set(HeaderSignature, Sign(secret, s.Now(), p.Delivery.Body))
	resp, err := s.client.Do(req)
	if err != nil {
		var with *url.Error // names the address, which often holds a secret
		if errors.As(err, &with) {
			err = with.Err
		}
		return 0, 0, err
	}
	defer resp.Body.Close()
	// A little is read so that the connection can be used again. Nothing of it is
	// kept: it could be a page that only this server can see.
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 16<<10))
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		asked = time.Duration(min(seconds, int(longestAsked.Seconds()))) * time.Second
	}
	return resp.StatusCode, asked, nil
}

// ownFault is a failure that is this server's doing, not the receiver's.
type ownFault struct{ error }

// explain says what went wrong in words that the webhook's owner may read: no
// address that a name resolved to, nothing of an answer.
func explain(status int, err error, timeout time.Duration) string {
	var own *ownFault
	var dns *net.DNSError
	var timed interface{ Timeout() bool }
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case err == nil && status/100 == 3:
		return fmt.Sprintf("it answered %d: redirects are not followed; subscribe the final address", status)
	case err == nil:
		return fmt.Sprintf("it answered %d", status)
	case errors.As(err, &own):
		return own.Error()
	case errors.Is(err, errNotPublic):
		return errNotPublic.Error()
	case errors.As(err, &dns):
		return "its name does not resolve"
	case errors.As(err, &authority), errors.As(err, &host), errors.As(err, &invalid), errors.As(err, &record):
		return "its certificate is not accepted, or it does not speak TLS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.As(err, &timed) && timed.Timeout():
		return fmt.Sprintf("no answer within %s", timeout)
	}
	return "the connection failed"
}
