package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Headers of a delivery. The ids are the same at every attempt, so that a
// receiver can tell that it has seen one before.
const (
	HeaderSignature = "Assay-Signature"
	HeaderEvent     = "Assay-Event"      // id of the event
	HeaderType      = "Assay-Event-Type" // "case.decided"
	HeaderDelivery  = "Assay-Delivery"   // id of the delivery: the event, for this webhook
)

// Tolerance is how old a signature may be, or how far ahead of the receiver's
// clock, before the receiver should refuse it as a replay.
const Tolerance = 5 * time.Minute

// Sign returns the value of HeaderSignature for body sent at t: the time in
// seconds, and the HMAC-SHA256 with secret over that time, a full stop and the
// body. The time is signed so that an old delivery cannot be sent again as new.
func Sign(secret string, t time.Time, body []byte) string {
	unix := strconv.FormatInt(t.Unix(), 10)
	return "t=" + unix + ",v1=" + hex.EncodeToString(mac(secret, unix, body))
}

func mac(secret, unix string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(unix + "."))
	h.Write(body)
	return h.Sum(nil)
}

// Verify is what a receiver does: it returns nil when header is the signature of
// body with secret, made within Tolerance of now. A header may hold several v1;
// one that fits is enough.
func Verify(header, secret string, body []byte, now time.Time) error {
	var unix string
	var macs [][]byte
	for part := range strings.SplitSeq(header, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "t":
			unix = value
		case "v1":
			if m, err := hex.DecodeString(value); err == nil {
				macs = append(macs, m)
			}
		}
	}
	seconds, err := strconv.ParseInt(unix, 10, 64)
	if err != nil || len(macs) == 0 {
		return fmt.Errorf("%s is not t=SECONDS,v1=HEX", HeaderSignature)
	}
	if age := now.Sub(time.Unix(seconds, 0)).Abs(); age > Tolerance {
		return fmt.Errorf("it was signed %s from now; at most %s are accepted", age.Round(time.Second), Tolerance)
	}
	want := mac(secret, unix, body)
	for _, m := range macs {
		if hmac.Equal(m, want) {
			return nil
		}
	}
	return errors.New("the signature does not fit the body: it was altered, or the secret is another one")
}
