// Package pull downloads control lists from the places that publish them:
// the eCFR for the Commerce Control List and the US Munitions List, the
// Publications Office of the European Union for Annex I of the dual-use
// regulation. It returns the bytes as they came, for a reader to read; it
// knows of their content only as much as it takes to tell the list from an
// error page and a whole file from one cut short.
//
// It prints nothing and writes no file. It must not import readers or stores.
package pull

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"assay/corpus"
)

// NewestEU is the day of the consolidation of Regulation (EU) 2021/821 that is
// fetched when Options.Date is empty: its publisher has no address that stands
// for the newest one.
const NewestEU = "2025-11-15"

// maxTitles bounds the eCFR's list of titles, which has some 50 short rows.
const maxTitles = 4 << 20

// The publishers' own addresses.
const (
	ecfrBase = "https://www.ecfr.gov"
	euBase   = "https://publications.europa.eu"
)

// Options say what to fetch and how patiently. The zero value fetches the
// newest edition from its publisher.
type Options struct {
	// Date is the day whose text is wanted, 2006-01-02. Empty means the newest.
	Date string
	// Version of the program, for the user agent; empty means that of the build.
	Version string
	// Progress hears how many bytes of the text have arrived, and of how many;
	// total is -1 when the server does not say. It starts again from 0 with
	// every attempt.
	Progress func(done, total int64)
	// Retrying hears of a failed attempt and the wait before the next.
	Retrying func(err error, wait time.Duration)

	Limit    int64         // most bytes accepted; default that of corpus.Limits, 64 MiB
	Attempts int           // at one address; default 5
	Wait     time.Duration // before the second attempt, then doubling; default 1 s
	Idle     time.Duration // longest silence of the server; default 1 min

	ECFR      string            // base of the eCFR's addresses, for tests
	EU        string            // base of the Publications Office's, for tests
	Transport http.RoundTripper // for tests
	Now       func() time.Time  // for tests
}

func (o Options) withDefaults() Options {
	o.Limit = corpus.Limits{Bytes: o.Limit}.WithDefaults().Bytes
	if o.Attempts == 0 {
		o.Attempts = 5
	}
	if o.Wait == 0 {
		o.Wait = time.Second
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	if o.ECFR == "" {
		o.ECFR = ecfrBase
	}
	if o.EU == "" {
		o.EU = euBase
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Version == "" {
		o.Version = "devel"
		if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
			o.Version = info.Main.Version
		}
	}
	return o
}

// Error says which address could not be fetched, why, and what to do instead.
type Error struct {
	Address  string
	Status   int // of the last answer; 0 when there was none
	Attempts int
	Err      error
	Remedy   string
}

func (e *Error) Error() string {
	s := e.Address + ": " + e.Err.Error()
	if e.Attempts > 1 {
		s += fmt.Sprintf(" (after %d attempts)", e.Attempts)
	}
	return s + "; " + e.Remedy
}

func (e *Error) Unwrap() error { return e.Err }

// Lists returns the lists that Pull can fetch.
func Lists() []corpus.ListID {
	return []corpus.ListID{corpus.USCCL, corpus.USUSML, corpus.EUDualUse}
}

// Pull fetches an edition of list. The source it returns has the address as
// its name, and the edition's day and the time of retrieval filled in; its
// hash is in the record that Source.Meta makes. The error is an *Error, or
// says what is wrong with list or Options.Date.
func Pull(ctx context.Context, list corpus.ListID, options Options) (corpus.Source, error) {
	o := options.withDefaults()
	now := o.Now().UTC()
	if o.Date != "" {
		if _, err := time.Parse(time.DateOnly, o.Date); err != nil {
			return corpus.Source{}, fmt.Errorf("%q is not a day; write it like 2026-06-24", o.Date)
		}
		// one day of grace, for those who are ahead of UTC
		if o.Date > now.AddDate(0, 0, 1).Format(time.DateOnly) {
			return corpus.Source{}, fmt.Errorf("%s lies in the future; leave out --date for the newest text", o.Date)
		}
	}
	f := &fetcher{o: o, list: list}
	date := o.Date
	want := page{accept: "application/xml", limit: o.Limit, progress: o.Progress}
	var err error
	switch list {
	case corpus.USCCL:
		const appendix = "Supplement No. 1 to Part 774"
		if date, err = f.ecfrDate(ctx, 15, date); err != nil {
			return corpus.Source{}, err
		}
		want.address = o.ECFR + "/api/versioner/v1/full/" + date + "/title-15.xml?appendix=" + url.PathEscape(appendix)
		want.check = ecfrText(appendix, appendix)
	case corpus.USUSML:
		if date, err = f.ecfrDate(ctx, 22, date); err != nil {
			return corpus.Source{}, err
		}
		want.address = o.ECFR + "/api/versioner/v1/full/" + date + "/title-22.xml?part=121"
		want.check = ecfrText(`N="121.1"`, "section 121.1")
	case corpus.EUDualUse:
		if date == "" {
			date = NewestEU
		}
		want.address = o.EU + "/resource/celex/02021R0821-" + strings.ReplaceAll(date, "-", "") + ".ENG"
		want.accept = "application/xhtml+xml"
		want.check = euText
	default:
		return corpus.Source{}, fmt.Errorf("%s cannot be pulled, only %s; download it and use assay corpus import FILE", list, join(Lists()))
	}
	f.date = date
	data, err := f.get(ctx, want)
	if err != nil {
		return corpus.Source{}, err
	}
	return corpus.Source{Name: want.address, Date: date, Retrieved: o.Now().UTC(), Data: data, Limits: corpus.Limits{Bytes: o.Limit}}, nil
}

// ecfrDate returns date, or when it is empty the newest day that the eCFR has
// of a title. The eCFR takes no word such as "current" in its place.
func (f *fetcher) ecfrDate(ctx context.Context, title int, date string) (string, error) {
	if date != "" {
		return date, nil
	}
	var answer struct {
		Titles []struct {
			Number       int    `json:"number"`
			UpToDateAsOf string `json:"up_to_date_as_of"`
		} `json:"titles"`
	}
	address := f.o.ECFR + "/api/versioner/v1/titles.json"
	data, err := f.get(ctx, page{address: address, accept: "application/json", limit: maxTitles, check: jsonText})
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return "", f.failed(address, &failure{err: fmt.Errorf("its list of titles is not in the form known: %w", err)})
	}
	for _, t := range answer.Titles {
		if t.Number != title {
			continue
		}
		if _, err := time.Parse(time.DateOnly, t.UpToDateAsOf); err != nil {
			return "", f.failed(address, &failure{err: fmt.Errorf("it says that title %d is up to date as of %q", title, t.UpToDateAsOf)})
		}
		return t.UpToDateAsOf, nil
	}
	return "", f.failed(address, &failure{err: fmt.Errorf("it does not name title %d", title)})
}

// failed turns a failure into the error a user sees.
func (f *fetcher) failed(address string, why *failure) error {
	e := &Error{Address: address, Status: why.status, Attempts: f.attempts, Err: why.err}
	byHand := "download the list by hand and use assay corpus import FILE"
	if f.date != "" {
		byHand += " --date " + f.date
	}
	switch {
	case errors.Is(why.err, context.Canceled):
		e.Remedy = "nothing was stored"
	case f.date != "" && (why.status == http.StatusNotFound || why.status == http.StatusBadRequest):
		e.Remedy = fmt.Sprintf("the publisher may have no text of %s: choose another day with --date", f.date)
		if f.list == corpus.EUDualUse {
			e.Remedy += ", one of the consolidations listed at https://eur-lex.europa.eu/eli/reg/2021/821"
		}
		e.Remedy += ", or " + byHand
	case why.offline:
		e.Remedy = "check the network or the proxy (HTTPS_PROXY), or " + byHand
	default:
		e.Remedy = "try again later, or " + byHand
	}
	return e
}

func join(lists []corpus.ListID) string {
	names := make([]string, len(lists))
	for i, l := range lists {
		names[i] = string(l)
	}
	return strings.Join(names, ", ")
}
