package webhook

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1:248:1893:25c8:1946": true, "1.1.1.1": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.0.0.1": false, "172.16.0.1": false, "172.31.255.255": false, "172.32.0.1": true, "192.168.1.1": false, "fd00::1": false, "fc00::1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "100.64.0.1": false, "100.127.255.255": false, "100.128.0.1": true,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:1.1.1.1": true, "::127.0.0.1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001::1": false, "fec0::1": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "198.18.0.1": false, "2001:db8::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
}

func TestKey(t *testing.T) {
	key, err := ParseKey(strings.Repeat("a1", 32) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	other, err := ParseKey(strings.Repeat("b2", 32))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "a1", strings.Repeat("a1", 31), strings.Repeat("xy", 32)} {
		if _, err := ParseKey(bad); err == nil || !strings.Contains(err.Error(), "openssl rand -hex 32") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	kept, err := key.Seal("hook", "secret")
	if err != nil || strings.Contains(kept, "secret") {
		t.Fatal(kept, err)
	}
	again, _ := key.Seal("hook", "secret")
	if again == kept {
		t.Error("the same twice tells that two secrets are one")
	}
	plain, _ := Key{}.Seal("hook", "secret")
	for name, tc := range map[string]struct {
		key        Key
		hook, kept string
		want       string // of the error; "" for none
	}{
		"as sealed":            {key, "hook", kept, ""},
		"without a key":        {Key{}, "hook", kept, "--secret-key-file"},
		"another key":          {other, "hook", kept, "another key"},
		"another webhook":      {key, "other", kept, "another key"},
		"damaged":              {key, "hook", kept[:20], "damaged"},
		"altered":              {key, "hook", kept[:len(kept)-8] + "AAAAAAA=", "another key"},
		"from before the key":  {key, "hook", plain, ""},
		"plain, without a key": {Key{}, "hook", plain, ""},
		"of a later program":   {key, "hook", "rot13:frperg", "newer"},
	} {
		got, err := tc.key.Open(tc.hook, tc.kept)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) || err == nil && got != "secret" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestWait(t *testing.T) {
	total := time.Duration(0)
	for n := 1; n < maxAttempts; n++ {
		least, most := wait(n, 0), wait(n, 1)
		if least >= most || n > 1 && wait(n, 0.5) < wait(n-1, 0.5) {
			t.Errorf("after %d: %v to %v", n, least, most)
		}
		total += wait(n, 0.5)
	}
	if total < 24*time.Hour || total > 26*time.Hour {
		t.Errorf("%v in all", total)
	}
	if wait(1000, 1) > 8*time.Hour || wait(0, 0) <= 0 {
		t.Error("waits must stay within bounds")
	}
}
