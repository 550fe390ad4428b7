package review

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"assay/corpus"
)

// EventType says what happened to a case, to those outside who want to know.
type EventType string

const (
	EventSubmitted EventType = "case.submitted"
	EventDecided   EventType = "case.decided"   // every list of the case is
	EventReturned  EventType = "case.returned"  // the exporter has to add something
	EventReopened  EventType = "case.reopened"  // the decision no longer stands
	EventAttention EventType = "case.attention" // a new edition touches what was decided
	EventTest      EventType = "webhook.test"   // asked for by hand; concerns no case
)

// EventTypes returns the types that can be subscribed to.
func EventTypes() []EventType {
	return []EventType{EventSubmitted, EventDecided, EventReturned, EventReopened, EventAttention}
}

// Webhook is a subscription: what happens to cases is sent to its URL.
type Webhook struct {
	ID           string      `json:"id"`
	URL          string      `json:"url"`
	Events       []EventType `json:"events"`
	Organisation string      `json:"organisation"` // whose cases; "" means everybody's
	Active       bool        `json:"active"`
	Note         string      `json:"note,omitempty"` // why it was switched off, when nobody did it by hand
	CreatedBy    string      `json:"created_by"`
	CreatedAt    time.Time   `json:"created_at"`

	// How sending goes at present.
	Failures     int       `json:"failures"` // since something last arrived
	FailingSince time.Time `json:"failing_since,omitzero"`
	NextAt       time.Time `json:"next_at,omitzero"` // nothing is sent before

	Secret string `json:"-"` // as the store keeps it, see Config.Seal
}

// DeliveryState is how far a delivery has come.
type DeliveryState string

const (
	Waiting   DeliveryState = "waiting" // for its first or its next attempt
	Delivered DeliveryState = "delivered"
	Dead      DeliveryState = "dead" // given up
)

// DeliveryStates returns every state of a delivery.
func DeliveryStates() []DeliveryState { return []DeliveryState{Waiting, Delivered, Dead} }

// Delivery is one event on its way to one webhook. Its body is written when the
// event happens and is the same at every attempt.
type Delivery struct {
	ID       string          `json:"id"`
	Number   int64           `json:"number"` // running number, given by the store
	Webhook  string          `json:"webhook"`
	Event    string          `json:"event"` // id of the event: the same for every webhook that gets it
	Type     EventType       `json:"type"`
	Case     string          `json:"case,omitempty"`
	Body     json.RawMessage `json:"body"`
	QueuedAt time.Time       `json:"queued_at"`
	State    DeliveryState   `json:"state"`
	// NextAt is the earliest moment of the next attempt, for one that waits.
	NextAt     time.Time `json:"next_at,omitzero"`
	Attempts   int       `json:"attempts"`
	LastAt     time.Time `json:"last_at,omitzero"`
	LastStatus int       `json:"last_status,omitempty"` // HTTP status of the last answer
	LastError  string    `json:"last_error,omitempty"`
}

// Notice is what a webhook is told of an event. It holds nothing that the exporter whose
// case it is may not know: neither who works on it nor what two officers said
// before both had decided, and no word of the product.
type Notice struct {
	ID           string    `json:"id"`
	Type         EventType `json:"type"`
	Time         time.Time `json:"time"`
	Case         string    `json:"case,omitempty"`
	Version      int64     `json:"version,omitempty"` // of the case; greater is newer
	Round        int       `json:"round,omitempty"`
	State        State     `json:"state,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Answers      []Answer  `json:"answers,omitempty"` // of EventDecided: one for each list
}

// Answer is what a case came to on one list.
type Answer struct {
	List      corpus.ListID `json:"list"`
	Edition   string        `json:"edition"`
	Answer    string        `json:"answer"` // "3A001.a.1 + 5A002", or the list's word for goods on no entry
	Codes     []string      `json:"codes"`
	NotListed bool          `json:"not_listed"`
}

// DeliveryFilter says which deliveries of a webhook are asked for. They come
// newest first.
type DeliveryFilter struct {
	Webhook string
	State   DeliveryState // "" any
	From    int64         // number before which the page starts: Number of the last of the page before
	Limit   int           // 0 means 50, at most MaxPage
}

// maxWebhooks is how many an organisation may have.
const maxWebhooks = 20

// valid checks what somebody wants to subscribe.
func (w *Webhook) valid(plain bool) error {
	u, err := url.Parse(w.URL)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || len(w.URL) > MaxShort || !tidy(w.URL, MaxShort):
		return invalid("write it like https://example.org/hooks/assay", "%.80q is not the address of a web service", w.URL)
	case u.Scheme != "https" && (u.Scheme != "http" || !plain):
		return invalid("use https; plain http is for networks of one's own, where the server was started with --webhook-allow-private", "%.80q is not an https address", w.URL)
	case u.User != nil:
		return invalid("leave them out; the signature tells the receiver who sends", "the address holds a user name or a password")
	case u.Fragment != "":
		return invalid("leave it out", "the address has a fragment, which is never sent")
	}
	for _, e := range w.Events {
		if !slices.Contains(EventTypes(), e) {
			return invalid("events are "+commas(EventTypes()), "there is no event %.40q", e)
		}
	}
	if len(w.Events) == 0 {
		w.Events = EventTypes()
	}
	slices.Sort(w.Events)
	w.Events = slices.Compact(w.Events)
	return nil
}

// wants reports whether w is to be told of e.
func (w *Webhook) wants(e Notice) bool {
	return w.Active && slices.Contains(w.Events, e.Type) && (w.Organisation == "" || w.Organisation == e.Organisation)
}

// seenBy reports whether actor may know of w and change it.
func (w *Webhook) seenBy(actor Actor) bool {
	return actor.Role == Admin || actor.Role == Exporter && actor.Organisation != "" && actor.Organisation == w.Organisation
}

// place is as much of the address as may stand in the audit log: paths and
// queries of such addresses often hold a secret.
func (w *Webhook) place() string {
	u, err := url.Parse(w.URL)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// event returns what the outside is told of an act that brought the case from
// the state before to its present one, "" for nothing.
func (c *change) event(act Act, before State) EventType {
	switch {
	case c.State.Final() && !before.Final():
		return EventDecided
	case act == ActSubmit:
		return EventSubmitted
	case act == ActReturn:
		return EventReturned
	case act == ActReopen:
		return EventReopened
	case c.attention:
		return EventAttention
	}
	return ""
}

// announce queues what the outside is told of an act for every webhook that
// wants it. It writes in the transaction of the act: an event exists if and only
// if the act does.
func (s *Service) announce(c *change, act Act, before State) error {
	kind := c.event(act, before)
	if kind == "" {
		return nil
	}
	hooks, err := c.store.Webhooks(c.ctx)
	if err != nil || len(hooks) == 0 {
		return err
	}
	e := Notice{ID: s.newID(), Type: kind, Time: c.now, Case: c.ID, Version: c.Version, Round: c.Round, State: c.State, Organisation: c.Organisation}
	if kind == EventDecided {
		e.Answers = c.answers()
	}
	for i := range hooks {
		if hooks[i].wants(e) {
			if err := s.queue(c.ctx, c.store, hooks[i].ID, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// answers returns what the present round came to.
func (c *change) answers() []Answer {
	var all []Answer
	for _, l := range c.Lists {
		if d, done, _ := c.verdict(l.List); done {
			all = append(all, Answer{List: l.List, Edition: d.Edition, Answer: d.Answer(), Codes: append([]string{}, d.Codes...), NotListed: d.NotListed})
		}
	}
	return all
}

// NoWebhook is the error for a webhook that does not exist, or that the one who
// asks may not know of.
func NoWebhook(id string) error {
	return &Error{Kind: NotFound, Text: fmt.Sprintf("there is no webhook %.40q", id), Remedy: "list the webhooks to see their ids"}
}

// plainSeal marks a secret that the store keeps as it is.
const plainSeal = "plain:"

// KeepPlain is the default of Config.Seal.
func KeepPlain(secret string) string { return plainSeal + secret }

// OpenPlain returns a secret that was stored without a key.
func OpenPlain(kept string) (secret string, ok bool) { return strings.CutPrefix(kept, plainSeal) }

// NoDelivery is the error for a delivery that a webhook does not have.
func NoDelivery(id string) error {
	return &Error{Kind: NotFound, Text: fmt.Sprintf("there is no delivery %.40q of this webhook", id), Remedy: "list its deliveries to see their ids"}
}

// LostLease is what Outbox.Settle returns when another sender has taken over.
func LostLease(p Parcel) error {
	return &Error{Kind: Conflict, Text: fmt.Sprintf("the lease of webhook %s ran out while delivery %s was sent", p.Webhook.ID, p.Delivery.ID)}
}
