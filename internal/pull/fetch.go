package pull

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"assay/corpus"
)

const (
	maxRedirects = 5
	longestWait  = 2 * time.Minute // that a server may ask for with Retry-After
)

var (
	errIdle      = errors.New("the server has gone silent")
	errRedirect  = errors.New("the server points elsewhere")
	errTruncated = errors.New("the text breaks off")
)

// fetcher fetches the pages of one pull.
type fetcher struct {
	o        Options
	list     corpus.ListID
	date     string // once known
	attempts int    // at the present page
}

// page is what to get, and how to know it.
type page struct {
	address, accept string
	limit           int64
	progress        func(done, total int64)
	// check judges a body; its error is final unless it is errTruncated.
	check func([]byte) error
}

// failure is why an attempt did not succeed.
type failure struct {
	status  int
	err     error
	final   bool          // trying again would not help
	offline bool          // the server was not reached
	after   time.Duration // the server asks to wait this long
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// get fetches p, again and again while the failure may pass, and returns a body
// that its check has accepted.
func (f *fetcher) get(ctx context.Context, p page) ([]byte, error) {
	f.attempts = 0
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.Multiplier, wait.MaxInterval = f.o.Wait, 2, time.Minute
	attempt := func() ([]byte, error) {
		f.attempts++
		data, fail := f.once(ctx, p)
		if fail == nil {
			if err := p.check(data); err != nil {
				fail = &failure{status: http.StatusOK, err: err, final: !errors.Is(err, errTruncated)}
			}
		}
		switch {
		case fail == nil:
			return data, nil
		case fail.final:
			return nil, backoff.Permanent(fail)
		case fail.after > 0:
			return nil, errors.Join(fail, &backoff.RetryAfterError{Duration: fail.after})
		}
		return nil, fail
	}
	data, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(wait), backoff.WithMaxTries(uint(f.o.Attempts)),
		backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, wait time.Duration) {
			if why := (*failure)(nil); f.o.Retrying != nil && errors.As(err, &why) {
				f.o.Retrying(why.err, wait)
			}
		}))
	if err == nil {
		return data, nil
	}
	var why *failure
	if !errors.As(err, &why) { // the context ended while waiting
		why = &failure{err: err}
	}
	return nil, f.failed(p.address, why)
}

// once makes one attempt.
func (f *fetcher) once(parent context.Context, p page) ([]byte, *failure) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	silence := time.AfterFunc(f.o.Idle, func() { cancel(fmt.Errorf("%w for %s", errIdle, f.o.Idle)) })
	defer silence.Stop()
	broken := func(err error) *failure {
		if parent.Err() != nil {
			return &failure{err: context.Cause(parent), final: true}
		}
		if cause := context.Cause(ctx); cause != nil {
			return &failure{err: cause}
		}
		return network(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address, nil)
	if err != nil {
		return nil, &failure{err: err, final: true}
	}
	req.Header.Set("Accept", p.accept)
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("User-Agent", "assay/"+f.o.Version+" (+reads export control lists for import)")
	client := http.Client{Transport: f.o.Transport, CheckRedirect: redirect}
	resp, err := client.Do(req)
	if err != nil {
		return nil, broken(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, refused(resp, f.o.Now())
	}
	if resp.ContentLength > p.limit {
		return nil, tooLarge(p.limit)
	}
	var data bytes.Buffer
	body := &watched{r: io.LimitReader(resp.Body, p.limit+1), seen: func(n int64) {
		silence.Reset(f.o.Idle)
		if p.progress != nil {
			p.progress(n, resp.ContentLength)
		}
	}}
	if p.progress != nil {
		p.progress(0, resp.ContentLength)
	}
	if _, err := data.ReadFrom(body); err != nil {
		if fail := broken(err); !errors.Is(err, io.ErrUnexpectedEOF) || fail.final {
			return nil, fail
		}
		return nil, &failure{status: resp.StatusCode, err: fmt.Errorf("%w after %d bytes: %w", errTruncated, data.Len(), err)}
	}
	if int64(data.Len()) > p.limit {
		return nil, tooLarge(p.limit)
	}
	return data.Bytes(), nil
}

func tooLarge(limit int64) *failure {
	return &failure{status: http.StatusOK, err: fmt.Errorf("the answer has more than %d bytes, too many for a list", limit), final: true}
}

// watched tells of every piece of a body as it arrives.
type watched struct {
	r    io.Reader
	n    int64
	seen func(n int64)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.n += int64(n)
		w.seen(w.n)
	}
	return n, err
}

// redirect follows a few redirections, and none that would bring a list in
// over an open line. The Publications Office answers https with an http
// address of its own; the same page is there over https.
func redirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w more than %d times", errRedirect, maxRedirects)
	}
	from := via[0].URL
	switch {
	case from.Scheme == "https" && req.URL.Scheme == "http":
		req.URL.Scheme = "https"
	case from.Scheme == "http" && req.URL.Host != from.Host:
		return fmt.Errorf("%w, to %s", errRedirect, req.URL.Host)
	case req.URL.Scheme != from.Scheme:
		return fmt.Errorf("%w, to an address of scheme %q", errRedirect, req.URL.Scheme)
	}
	return nil
}

// network judges an error below HTTP.
func network(err error) *failure {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	if of := (*url.Error)(nil); errors.As(err, &of) {
		err = of.Err // the address is named once, in Error
	}
	switch {
	case errors.Is(err, errRedirect):
		return &failure{err: err, final: true}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &failure{err: err, final: true, offline: true}
	case errors.As(err, &certificate):
		return &failure{err: err, final: true, offline: true}
	}
	return &failure{err: err, offline: true}
}

// refused judges an answer that is not 200.
func refused(resp *http.Response, now time.Time) *failure {
	f := &failure{status: resp.StatusCode, err: errors.New("the server answers " + resp.Status)}
	if said := excerpt(resp); said != "" {
		f.err = fmt.Errorf("%w: %s", f.err, said)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusTooManyRequests, code >= 500 && code != http.StatusNotImplemented:
		f.after = retryAfter(resp.Header.Get("Retry-After"), now)
		if f.after > longestWait {
			f.err, f.final = fmt.Errorf("%w, and asks to come back after %s", f.err, f.after.Round(time.Second)), true
		}
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusAccepted:
	case code == http.StatusNotAcceptable:
		f.err, f.final = fmt.Errorf("%w; it does not serve programs like this one", f.err), true
	default:
		f.final = true
	}
	return f
}

// retryAfter reads a Retry-After header: seconds or a date. 0 means none.
func retryAfter(header string, now time.Time) time.Duration {
	if s, err := strconv.Atoi(header); err == nil && s > 0 {
		return time.Duration(min(s, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(header); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// excerpt returns the start of what a server says with a refusal, on one line,
// when it is text and not a page.
func excerpt(resp *http.Response) string {
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 200))
	s := strings.Join(strings.Fields(strings.ToValidUTF8(string(b), "")), " ")
	if strings.HasPrefix(s, "<") {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
