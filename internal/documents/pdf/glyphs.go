package pdf

import (
	"strconv"
	"strings"
)

// glyphNames are the names that fonts give to letters, as far as datasheets in
// European languages use them. Letters of the alphabet name themselves.
var glyphNames = parseGlyphs(`
space=20 exclam=21 quotedbl=22 numbersign=23 dollar=24 percent=25 ampersand=26 quotesingle=27 parenleft=28 parenright=29 asterisk=2a plus=2b comma=2c hyphen=2d minus=2212 period=2e slash=2f
zero=30 one=31 two=32 three=33 four=34 five=35 six=36 seven=37 eight=38 nine=39 colon=3a semicolon=3b less=3c equal=3d greater=3e question=3f at=40
bracketleft=5b backslash=5c bracketright=5d asciicircum=5e underscore=5f grave=60 braceleft=7b bar=7c braceright=7d asciitilde=7e
quoteleft=2018 quoteright=2019 quotedblleft=201c quotedblright=201d quotesinglbase=201a quotedblbase=201e guillemotleft=ab guillemotright=bb guilsinglleft=2039 guilsinglright=203a
endash=2013 emdash=2014 bullet=2022 ellipsis=2026 dagger=2020 daggerdbl=2021 periodcentered=b7 middot=b7 nbspace=20 sfthyphen=ad softhyphen=ad
fi=fb01 fl=fb02 ff=fb00 ffi=fb03 ffl=fb04 dotlessi=131 fraction=2044 section=a7 paragraph=b6 copyright=a9 registered=ae trademark=2122 degree=b0 plusminus=b1 multiply=d7 divide=f7
mu=b5 mu1=b5 cent=a2 sterling=a3 currency=a4 yen=a5 Euro=20ac florin=192 brokenbar=a6 ordfeminine=aa ordmasculine=ba logicalnot=ac exclamdown=a1 questiondown=bf
onesuperior=b9 twosuperior=b2 threesuperior=b3 onequarter=bc onehalf=bd threequarters=be perthousand=2030 acute=b4 dieresis=a8 macron=af cedilla=b8 circumflex=2c6 tilde=2dc
Agrave=c0 Aacute=c1 Acircumflex=c2 Atilde=c3 Adieresis=c4 Aring=c5 AE=c6 Ccedilla=c7 Egrave=c8 Eacute=c9 Ecircumflex=ca Edieresis=cb Igrave=cc Iacute=cd Icircumflex=ce Idieresis=cf
Eth=d0 Ntilde=d1 Ograve=d2 Oacute=d3 Ocircumflex=d4 Otilde=d5 Odieresis=d6 Oslash=d8 Ugrave=d9 Uacute=da Ucircumflex=db Udieresis=dc Yacute=dd Thorn=de germandbls=df
agrave=e0 aacute=e1 acircumflex=e2 atilde=e3 adieresis=e4 aring=e5 ae=e6 ccedilla=e7 egrave=e8 eacute=e9 ecircumflex=ea edieresis=eb igrave=ec iacute=ed icircumflex=ee idieresis=ef
eth=f0 ntilde=f1 ograve=f2 oacute=f3 ocircumflex=f4 otilde=f5 odieresis=f6 oslash=f8 ugrave=f9 uacute=fa ucircumflex=fb udieresis=fc yacute=fd thorn=fe ydieresis=ff
OE=152 oe=153 Scaron=160 scaron=161 Zcaron=17d zcaron=17e Ydieresis=178 Lslash=141 lslash=142 Ccaron=10c ccaron=10d Cacute=106 cacute=107 Aogonek=104 aogonek=105 Eogonek=118 eogonek=119
Nacute=143 nacute=144 Sacute=15a sacute=15b Zacute=179 zacute=17a Zdotaccent=17b zdotaccent=17c ecaron=11b rcaron=159 uring=16f ohungarumlaut=151 uhungarumlaut=171
Alpha=391 Beta=392 Gamma=393 Delta=394 Epsilon=395 Zeta=396 Eta=397 Theta=398 Iota=399 Kappa=39a Lambda=39b Mu=39c Nu=39d Xi=39e Omicron=39f Pi=3a0 Rho=3a1 Sigma=3a3 Tau=3a4 Upsilon=3a5 Phi=3a6 Chi=3a7 Psi=3a8 Omega=3a9
alpha=3b1 beta=3b2 gamma=3b3 delta=3b4 epsilon=3b5 zeta=3b6 eta=3b7 theta=3b8 iota=3b9 kappa=3ba lambda=3bb nu=3bd xi=3be omicron=3bf pi=3c0 rho=3c1 sigma=3c3 tau=3c4 upsilon=3c5 phi=3c6 chi=3c7 psi=3c8 omega=3c9
lessequal=2264 greaterequal=2265 notequal=2260 approxequal=2248 infinity=221e radical=221a partialdiff=2202 summation=2211 product=220f integral=222b lozenge=25ca
arrowleft=2190 arrowup=2191 arrowright=2192 arrowdown=2193 proportional=221d element=2208 similar=223c equivalence=2261 minute=2032 second=2033 angle=2220 ohm=3a9 checkmark=2713 square=25a1 circle=25cb
`)

func parseGlyphs(s string) map[string]string {
	m := map[string]string{}
	for field := range strings.FieldsSeq(s) {
		key, hex, _ := strings.Cut(field, "=")
		if n, err := strconv.ParseUint(hex, 16, 32); err == nil {
			m[key] = string(rune(n))
		}
	}
	return m
}

// glyphText returns the text of a glyph name, or "" when it says nothing
// ("g23", "cid45").
func glyphText(n name) string {
	s, _, _ := strings.Cut(string(n), ".") // "a.small"
	if t, ok := glyphNames[s]; ok {
		return t
	}
	if len(s) == 1 {
		return s
	}
	for _, prefix := range []string{"uni", "u"} {
		if hex, ok := strings.CutPrefix(s, prefix); ok && len(hex) >= 4 && len(hex) <= 6 {
			if n, err := strconv.ParseUint(hex, 16, 21); err == nil {
				return string(rune(n))
			}
		}
	}
	if strings.Contains(s, "_") { // "f_f_i"
		var b strings.Builder
		for part := range strings.SplitSeq(s, "_") {
			if len(part) != 1 && glyphNames[part] == "" {
				return ""
			}
			b.WriteString(glyphText(name(part)))
		}
		return b.String()
	}
	return ""
}

// symbolText is the encoding of the Symbol font beyond what ASCII shares.
var symbolText = map[byte]string{
	'a': "α", 'b': "β", 'c': "χ", 'd': "δ", 'e': "ε", 'f': "φ", 'g': "γ", 'h': "η", 'i': "ι", 'k': "κ", 'l': "λ", 'm': "µ", 'n': "ν", 'p': "π",
	'q': "θ", 'r': "ρ", 's': "σ", 't': "τ", 'u': "υ", 'w': "ω", 'x': "ξ", 'y': "ψ", 'z': "ζ", 'D': "Δ", 'F': "Φ", 'G': "Γ", 'L': "Λ", 'P': "Π",
	'Q': "Θ", 'S': "Σ", 'W': "Ω", 'X': "Ξ", 'Y': "Ψ", 0xa2: "′", 0xa3: "≤", 0xa5: "∞", 0xae: "→", 0xb0: "°", 0xb1: "±", 0xb2: "″", 0xb3: "≥",
	0xb4: "×", 0xb7: "•", 0xb8: "÷", 0xb9: "≠", 0xba: "≡", 0xbb: "≈", 0xd6: "√",
}

// helvetica holds the widths of ASCII from the space on, in thousandths of the
// font size, for the standard fonts that files need not carry widths for.
var helvetica = [95]float64{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}
