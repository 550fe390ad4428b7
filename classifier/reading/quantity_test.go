package reading

import (
	"fmt"
	"strings"
	"testing"
)

func TestQuantities(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Single-channel 12 bit / 500 MSPS analog-to-digital converter, 1.8 V, JESD204B out, 64-QFN. SFDR 78 dBc @ 170 MHz.",
			"singl channel=12 bit; 5e+08 S/s; 1.8 V; sfdr=78 dBc; 1.7e+08 Hz"},
		{"-40 to +85 °C, 48-VQFN", "-40…85 °C"},
		{"T range: -40…+85 °C", "t rang=-40…85 °C"},
		{"max. sample rate: 250 MSPS", "sampl rate=2.5e+08 S/s"},
		{"Output power up to 20 mW, or 2 MW pulsed", "output power=0.02 W; 2e+06 W"},
		{"14-bit 3GSPS ADC on RS-485 with AD9625-2.5", "14 bit; 3e+09 S/s"},
		{"1,200 rpm; 0,5 mm; 2.5E-3 Pa", "1200 rpm; 0.0005 m; 0.0025 Pa"},
		{"5G phone, 4K video, 3D", ""},
		{"bias stability 0.5 deg/hr", "bias stabil=0.5 °/h"},
		{"accuracy ±0.5 %", "accuraci=0.5 %"},
		{"10 Hz to 20 kHz", "10…20000 Hz"},
		{"16 GB memory, 10 Gb/s link, 12 MP sensor", "1.6e+10 byte; 1e+10 bit/s; 1.2e+07 px"},
		{"12.3 MP at 9 fps", "1.23e+07 px; 9 fps"},
		{"波长 1064 nm 激光器", "1.064e-06 m"},
		{"weight 3 kg", "weight=3000 g"},
		{"ultrasonic bath 6.5 L, 40 kHz", "ultrason bath=6.5 l; 40000 Hz"},
		{"version 2.5", ""},
		{"", ""},
	} {
		var got []string
		for _, q := range Quantities(tt.text) {
			s := ""
			if q.Property != "" {
				s = q.Property + "="
			}
			for i, v := range q.Values {
				if i > 0 {
					s += "…"
				}
				s += fmt.Sprintf("%.6g", v)
			}
			got = append(got, s+" "+q.Base)
			if q.Start < 0 || q.End > len(tt.text) || q.Start >= q.End {
				t.Errorf("%q: quantity at %d to %d", tt.text, q.Start, q.End)
			}
		}
		if s := strings.Join(got, "; "); s != tt.want {
			t.Errorf("%q:\ngot  %s\nwant %s", tt.text, s, tt.want)
		}
	}
}

func TestQuantitiesAreTheSameInAnotherUnit(t *testing.T) {
	a, b := Quantities("0.5 GSPS")[0], Quantities("500 MS/s")[0]
	if !a.Same(b) || a.Same(Quantities("500 MHz")[0]) || a.Same(Quantities("501 MSPS")[0]) || a.Same(Quantities("400 to 500 MSPS")[0]) {
		t.Errorf("%+v, %+v", a, b)
	}
}

func FuzzQuantities(f *testing.F) {
	f.Add("−40…+85 °C, 1,200,5 rpm – 3e9 GHz/√Hz")
	f.Add("1...2 ms/s\xff 0,, 9e+")
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, q := range Quantities(text) {
			if q.Start < last || q.End <= q.Start || q.End > len(text) || len(q.Values) == 0 || len(q.Values) > 2 || q.Base == "" {
				t.Fatalf("%q: %+v", text, q)
			}
			last = q.End
		}
	})
}
