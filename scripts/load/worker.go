//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"assay/corpus"
	"assay/review"
	"assay/review/account"
)

// world is what the users share: the server, and the cases that they know of.
type world struct {
	base     string
	products *catalogue
	figures  *figures

	mu        sync.Mutex
	known     map[string][]string // organisation to its cases; "" all
	submitted []string            // that no officer has taken
}

// caseLists are what a new case asks about.
var caseLists = []corpus.ListID{corpus.USCCL, corpus.EUDualUse}

// worker is a person at work.
type worker struct {
	*world
	*person
	*rand.Rand
	client *http.Client
}

func (w *world) worker(p *person, r *rand.Rand) *worker {
	return &worker{w, p, r, &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 1}}}
}

// live lets p work until ctx is done.
func (w *world) live(ctx context.Context, p *person, think time.Duration, r *rand.Rand) {
	u := w.worker(p, r)
	for {
		sleep(ctx, time.Duration(float64(think)*r.ExpFloat64()))
		if ctx.Err() != nil {
			return
		}
		u.act(ctx)
	}
}

// act does one thing. Of all that is done, three in five are reading, one in
// five is classifying, one in ten is handing in, one in ten is taking and
// deciding; the shares differ by role, since exporters do not decide.
func (u *worker) act(ctx context.Context) {
	chance := u.Float64()
	switch exporter := u.role == review.Exporter; {
	case chance < 0.20:
		u.classify(ctx)
	case exporter && chance < 0.20+0.10/0.6:
		u.handIn(ctx)
	case !exporter && chance < 0.20+0.10/0.4:
		u.decide(ctx)
	default:
		u.read(ctx)
	}
}

func (u *worker) read(ctx context.Context) {
	switch chance := u.Float64(); {
	case chance < 0.4:
		if id := u.pick(); id != "" {
			u.ask(ctx, "read: page of a case", http.MethodGet, "/cases/"+id, "", nil)
			return
		}
		fallthrough
	case chance < 0.7:
		if u.role == review.Exporter {
			u.ask(ctx, "read: my cases", http.MethodGet, "/cases", "", nil)
		} else {
			u.ask(ctx, "read: queue", http.MethodGet, "/queue", "", nil)
		}
	case chance < 0.85:
		row := u.products.rows[u.IntN(len(u.products.rows))]
		for _, codes := range row.Labels {
			if len(codes) > 0 && !corpus.IsUnlisted(codes[0]) {
				u.ask(ctx, "read: page of an entry", http.MethodGet, "/entries/"+url.PathEscape(codes[0]), "", nil)
				return
			}
		}
		fallthrough
	default:
		u.ask(ctx, "read: start page", http.MethodGet, "/", "", nil)
	}
}

// pick returns a case that u may see, "" when there is none.
func (u *worker) pick() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	mine := u.known[u.org]
	if len(mine) == 0 {
		return ""
	}
	return mine[u.IntN(len(mine))]
}

func (u *worker) classify(ctx context.Context) {
	p := u.products.next(u.Rand)
	if u.IntN(2) == 0 {
		var attributes strings.Builder
		for k, v := range p.Attributes {
			fmt.Fprintf(&attributes, "%s: %s\n", k, v)
		}
		form := url.Values{"name": {p.Name}, "description": {p.Description}, "attributes": {attributes.String()}, "csrf": {account.FormToken(u.cookie)}}
		u.ask(ctx, "classify: page", http.MethodPost, "/", "application/x-www-form-urlencoded", []byte(form.Encode()))
		return
	}
	u.json(ctx, "classify: API", "/api/v1/classify", p)
}

func (u *worker) handIn(ctx context.Context) {
	body, ok := u.json(ctx, "hand in: assess, submit", "/api/v1/cases", map[string]any{"product": u.products.next(u.Rand), "lists": caseLists, "submit": true})
	var made review.Head
	if !ok || json.Unmarshal(body, &made) != nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil {
		u.known = map[string][]string{}
	}
	u.known[u.org] = append(u.known[u.org], made.ID)
	u.known[""] = append(u.known[""], made.ID)
	u.submitted = append(u.submitted, made.ID)
}

// decide takes the case that has waited longest and decides it on each list as
// suggested.
func (u *worker) decide(ctx context.Context) {
	u.mu.Lock()
	if len(u.submitted) == 0 {
		u.mu.Unlock()
		u.read(ctx)
		return
	}
	id := u.submitted[0]
	u.submitted = u.submitted[1:]
	u.mu.Unlock()
	body, ok := u.json(ctx, "take", "/api/v1/cases/"+id+"/take", nil)
	var taken review.Head
	if !ok || json.Unmarshal(body, &taken) != nil {
		return
	}
	for _, l := range taken.Lists {
		ruling := review.Ruling{List: l.List, Codes: []string{l.Code}, Reason: review.AsSuggested}
		if l.Code == "" { // a text that the machine does not understand
			ruling.Codes, ruling.NotListed, ruling.Reason = nil, true, review.NotDescribed
		}
		u.json(ctx, "decide", "/api/v1/cases/"+id+"/decide", ruling)
	}
}

func (u *worker) json(ctx context.Context, action, path string, v any) ([]byte, bool) {
	var body []byte
	if v != nil {
		body, _ = json.Marshal(v)
	}
	return u.ask(ctx, action, http.MethodPost, path, "application/json", body)
}

// ask sends a request and notes how long the whole answer took, and whether it
// was one.
func (u *worker) ask(ctx context.Context, action, method, path, media string, body []byte) ([]byte, bool) {
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, u.base+path, bytes.NewReader(body))
	if err != nil {
		u.figures.add(action, 0, err.Error())
		return nil, false
	}
	req.AddCookie(&http.Cookie{Name: "assay", Value: u.cookie})
	if media != "" {
		req.Header.Set("Content-Type", media)
		req.Header.Set("X-CSRF-Token", account.FormToken(u.cookie))
	}
	start := time.Now()
	resp, err := u.client.Do(req)
	if err != nil {
		u.figures.add(action, time.Since(start), err.Error())
		return nil, false
	}
	answer, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	took := time.Since(start)
	fault := ""
	if err != nil {
		fault = err.Error()
	} else if resp.StatusCode/100 != 2 {
		fault = fmt.Sprintf("%d %.300s", resp.StatusCode, answer)
	}
	u.figures.add(action, took, fault)
	return answer, fault == ""
}

// fill has cases handed in before anybody comes, a third of them decided.
func (w *world) fill(ctx context.Context, people []*person, n int, r *rand.Rand) {
	var exporters, officers []*worker
	for i, p := range people {
		u := w.worker(p, rand.New(rand.NewPCG(r.Uint64(), uint64(i))))
		if p.role == review.Exporter {
			exporters = append(exporters, u)
		} else {
			officers = append(officers, u)
		}
	}
	if len(exporters) == 0 || len(officers) == 0 {
		return
	}
	var all sync.WaitGroup
	const hands = 4
	for hand := range hands {
		all.Go(func() {
			for i := hand; i < n && ctx.Err() == nil; i += hands {
				exporters[i%len(exporters)].handIn(ctx)
				if i%3 == 0 {
					officers[i%len(officers)].decide(ctx)
				}
			}
		})
	}
	all.Wait()
}
