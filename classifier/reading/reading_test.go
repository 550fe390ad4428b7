package reading

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTokens(t *testing.T) {
	for text, want := range map[string]string{
		"14-bit ADCs, 3 GSPS":               "14 bit adc 3 gsps",
		"Fibre-optic gyros":                 "fiber optic gyroscop",
		"bias stability 0.05 °/h":           "bias stabil 0.05 °/h",
		"0.05 deg/hr":                       "0.05 °/h",
		"noise 10 nV/√Hz":                   "nois 10 nv/√hz",
		"AD9625-2.5 converter":              "ad96252.5 ad9625 2 5 convert",
		"RS-485":                            "rs485 rs 485",
		"10GbE switch":                      "10gbe switch",
		"5G and 100G, 5g":                   "5g and 100g 5 g",
		"DMMP (CAS 756-79-6), not 756-79-5": "dmmp ca 756-79-6 not 756 79 5",
		"24GHz radar":                       "24 ghz radar",
		"logic analyser / logic analyzers":  "logic analyz logic analyz",
		"密码机":                               "密码 码机",
		"5轴 machine":                        "5 轴 machin",
		"Wärmebildkamera":                   "warmebildkamera",
		"maker's gauge":                     "maker gaug",
		"":                                  "",
		"…—//--":                            "",
	} {
		var got []string
		for _, tok := range Tokens(text) {
			got = append(got, tok.Stem)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("Tokens(%q) = %q, want %q", text, s, want)
		}
	}
}

func TestTokensStandWhereTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, tok := range Tokens(text) {
			if tok.Start < 0 || tok.End > len(text) || tok.Start >= tok.End {
				t.Fatalf("token %+v of %q", tok, text)
			}
			if !utf8.ValidString(text[tok.Start:tok.End]) && utf8.ValidString(text) {
				t.Fatalf("token %+v cuts a character of %q", tok, text)
			}
		}
	})
}

func TestLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"Industrial centrifugal pump made of stainless steel for water treatment plants":                      "en",
		"Hochleistungs-Wärmebildkamera mit ungekühltem Mikrobolometer für die Überwachung von Gebäuden":       "de",
		"Caméra thermique portable avec détecteur non refroidi pour la maintenance des bâtiments industriels": "fr",
		"高速模数转换器，14位分辨率":                                                                                      "zh",
		"ハンドヘルド型サーマルカメラ":                                                                                      "ja",
		"Портативный тепловизор для охраны":                                                                   "ru",
		"14-bit ADC":                     "",
		"FPGA XC7K325T-2FFG900I LUT BGA": "en",
	} {
		if got := Language(text); got != want {
			t.Errorf("Language(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestIgnored(t *testing.T) {
	if !Ignored("the") || Ignored("pump") {
		t.Error("the should be ignored, pump should not")
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("14-bit ADC, 0.05 °/h — 密码机")
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range Tokens(text) {
			if tok.Start < 0 || tok.End > len(text) || tok.Start >= tok.End {
				t.Fatalf("token %+v of %q", tok, text)
			}
		}
	})
}
