package review_test

import (
	"slices"
	"strings"
	"testing"

	"assay/review"
)

func (o *office) hook(a review.Actor, url string) review.Webhook {
	o.t.Helper()
	w, secret, err := o.AddWebhook(o.t.Context(), by(a), review.NewWebhook{URL: url})
	if err != nil || len(secret) < 40 || w.Secret != review.KeepPlain(secret) {
		o.t.Fatalf("%+v, %q, %v", w, secret, err)
	}
	return w
}

// TestWebhooksByRole tries every way to a webhook with everybody.
func TestWebhooksByRole(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	own, others, all := o.hook(ann, "https://acme.example/"), o.hook(otto, "https://other.example/"), o.hook(root, "https://office.example/")
	if own.Organisation != "Acme" || all.Organisation != "" {
		t.Errorf("%+v, %+v", own, all)
	}
	for _, tt := range []struct {
		actor review.Actor
		sees  []string
	}{{ann, []string{own.ID}}, {otto, []string{others.ID}}, {root, []string{own.ID, others.ID, all.ID}}} {
		found, err := o.Webhooks(ctx, tt.actor)
		var ids []string
		for _, w := range found {
			ids = append(ids, w.ID)
		}
		if err != nil || !slices.Equal(ids, tt.sees) {
			t.Errorf("%s sees %v, %v", tt.actor.ID, ids, err)
		}
		for _, w := range []review.Webhook{own, others, all} {
			want := review.NotFound
			if slices.Contains(tt.sees, w.ID) {
				want = ""
			}
			ways := map[string]error{}
			_, ways["look"] = o.Webhook(ctx, tt.actor, w.ID)
			_, ways["switch"] = o.SwitchWebhook(ctx, by(tt.actor), w.ID, true)
			_, ways["deliveries"] = o.Deliveries(ctx, tt.actor, review.DeliveryFilter{Webhook: w.ID})
			ways["test"] = o.TestWebhook(ctx, by(tt.actor), w.ID)
			if want != "" {
				ways["remove"] = o.RemoveWebhook(ctx, by(tt.actor), w.ID)
				ways["redeliver"] = o.Redeliver(ctx, by(tt.actor), w.ID, "x")
			}
			for way, err := range ways {
				if (want == "") != (err == nil) || err != nil && review.KindOf(err) != want {
					t.Errorf("%s, %s of %s: %v", tt.actor.ID, way, w.ID, err)
				}
			}
		}
	}
	for _, actor := range []review.Actor{bob, eva, {}, {ID: "x", Role: review.Exporter}, {ID: "x", Role: "guest"}} {
		_, a := o.Webhooks(ctx, actor)
		_, _, b := o.AddWebhook(ctx, by(actor), review.NewWebhook{URL: "https://x.example/"})
		_, c := o.Webhook(ctx, actor, own.ID)
		_, d := o.Deliveries(ctx, actor, review.DeliveryFilter{Webhook: own.ID})
		for _, err := range []error{a, b, c, d, o.RemoveWebhook(ctx, by(actor), own.ID), o.TestWebhook(ctx, by(actor), own.ID), o.Redeliver(ctx, by(actor), own.ID, "x")} {
			o.refused(review.Forbidden, "", err)
		}
	}
	_, _, err := o.AddWebhook(ctx, by(ann), review.NewWebhook{URL: "https://x.example/", Organisation: "Other"})
	o.refused(review.Forbidden, "own organisation", err)
	if err := o.RemoveWebhook(ctx, by(ann), own.ID); err != nil {
		t.Error(err)
	}
	report, err := o.VerifyAudit(ctx, root, review.AuditHead{})
	if err != nil || !report.Whole() || report.Records != 3+5+5+1 {
		t.Errorf("%v %+v; every act on a webhook is one record", err, report)
	}
	var log strings.Builder
	if _, err := o.ExportAudit(ctx, root, &log); err != nil || strings.Contains(log.String(), "whsec") || !strings.Contains(log.String(), `"to":"https://acme.example"`) {
		t.Errorf("%v %s", err, log.String())
	}
}

func TestWebhookAddresses(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	for url, says := range map[string]string{
		"":                                      "not the address",
		"acme.example/hook":                     "not the address",
		"https://":                              "not the address",
		"https://:443/":                         "not the address",
		"ftp://acme.example/":                   "not an https",
		"http://acme.example/":                  "--webhook-allow-private",
		"https://u:p@acme.example/":             "password",
		"https://acme.example/#x":               "fragment",
		"https://acme.example/\x00":             "not the address",
		"https://a" + strings.Repeat("a", 2000): "not the address",
	} {
		_, _, err := o.AddWebhook(ctx, by(root), review.NewWebhook{URL: url})
		o.refused(review.Invalid, says, err)
	}
	_, _, err := o.AddWebhook(ctx, by(root), review.NewWebhook{URL: "https://a.example/", Events: []review.EventType{"case.lost"}})
	o.refused(review.Invalid, "case.decided", err)
	o.hook(ann, "https://a.example/")
	_, _, err = o.AddWebhook(ctx, by(ann), review.NewWebhook{URL: "https://a.example/"})
	o.refused(review.Conflict, "sends there already", err)
	for i := range 19 {
		o.hook(ann, "https://a.example/"+strings.Repeat("x", i+1))
	}
	_, _, err = o.AddWebhook(ctx, by(ann), review.NewWebhook{URL: "https://a.example/one-more"})
	o.refused(review.Conflict, "which is the most", err)
}

// TestWebhookIsSwitchedOff: nothing is queued while it is off.
func TestWebhookIsSwitchedOff(t *testing.T) {
	o := open(t)
	ctx := t.Context()
	w := o.hook(ann, "https://a.example/")
	o.submitted("one", "3A001.a")
	if got, err := o.SwitchWebhook(ctx, by(ann), w.ID, false); err != nil || got.Active {
		t.Fatal(got, err)
	}
	o.submitted("two", "3A001.a")
	o.refused(review.Conflict, "switched off", o.TestWebhook(ctx, by(ann), w.ID))
	if _, err := o.SwitchWebhook(ctx, by(ann), w.ID, true); err != nil {
		t.Fatal(err)
	}
	o.submitted("three", "3A001.a")
	all, err := o.Deliveries(ctx, ann, review.DeliveryFilter{Webhook: w.ID})
	if err != nil || len(all) != 2 {
		t.Errorf("%d deliveries, %v", len(all), err)
	}
	_, err = o.Deliveries(ctx, ann, review.DeliveryFilter{Webhook: w.ID, State: "lost"})
	o.refused(review.Invalid, "waiting", err)
	o.refused(review.NotFound, "no delivery", o.Redeliver(ctx, by(ann), w.ID, "nothing"))
}
