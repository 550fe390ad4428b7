package review

import (
	"context"
	"time"
)

// WebhookReader is what a Reader knows of webhooks.
type WebhookReader interface {
	// Webhooks returns every webhook, oldest first.
	Webhooks(ctx context.Context) ([]Webhook, error)
	// Deliveries returns those that f asks for, newest first.
	Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error)
	// Delivery returns one delivery of a webhook, or a NotFound error.
	Delivery(ctx context.Context, webhook, id string) (Delivery, error)
}

// WebhookWriter is what a Writer can do to webhooks.
type WebhookWriter interface {
	// PutWebhook stores w in place of an earlier one of its id.
	PutWebhook(ctx context.Context, w Webhook) error
	// DropWebhook deletes a webhook with its deliveries.
	DropWebhook(ctx context.Context, id string) error
	// Enqueue stores a delivery and gives it the next number.
	Enqueue(ctx context.Context, d Delivery) error
	// Requeue stores state, attempts and times of a delivery that is there.
	Requeue(ctx context.Context, d Delivery) error
}

// Outbox is a store's side towards whoever sends what webhooks are owed. Each
// method is a transaction of its own. Of several senders on one store, no two
// send to one webhook at a time.
type Outbox interface {
	// Claim leases up to n webhooks that have something to be sent at now, those
	// that have waited longest first, and returns it, one delivery each. Until
	// now plus lease nobody else is given anything for these webhooks.
	//
	// A delivery is not given before an earlier one of the same case that waits
	// for the same webhook, so that events of a case arrive in their order.
	Claim(ctx context.Context, now time.Time, lease time.Duration, n int) ([]Parcel, error)
	// Settle writes down how sending went and ends the lease. It is a Conflict
	// when the lease was lost: another sender has the delivery now.
	Settle(ctx context.Context, p Parcel, o Outcome) error
	// Backlog counts what waits and what was given up.
	Backlog(ctx context.Context) (Backlog, error)
	// Purge deletes deliveries that ended before, and returns how many.
	Purge(ctx context.Context, before time.Time) (int64, error)
}

// Parcel is a delivery handed to a sender.
type Parcel struct {
	Webhook  Webhook
	Delivery Delivery
	Lease    string // token of the lease
}

// Outcome is how an attempt to send went.
type Outcome struct {
	At     time.Time
	State  DeliveryState // Delivered; Waiting: try again; Dead: given up
	Status int           // of the answer, 0 without one
	Error  string        // what went wrong, for the webhook's owner
	// Retry is when the delivery, and RetryWebhook when the webhook may be tried
	// again, after a failure.
	Retry, RetryWebhook time.Time
	// GiveUp ends everything that has waited for the webhook since before, after
	// a failure; zero ends nothing.
	GiveUp time.Time
	// SwitchOff, when it is not empty, switches the webhook off and says why.
	SwitchOff string
}

// Backlog is how much there is to send.
type Backlog struct {
	Waiting int64
	Dead    int64
	Failing int64     // active webhooks whose last attempt failed
	Oldest  time.Time // since when the oldest waits; zero when nothing does
}
