package reading

import (
	"strings"
	"unicode"
)

// Language returns the ISO 639-1 code of the text's language, or "" when the
// text has too few words to tell. Scripts decide first. Among languages in
// Latin letters it is English unless words, letters and endings that English
// does not have say otherwise: datasheets are fragments full of abbreviations,
// and a detector made for prose takes half of them for French.
func Language(text string) string {
	var han, kana, hangul, cyrillic, latin int
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Hiragana, unicode.Katakana):
			kana++
		case unicode.Is(unicode.Han, r):
			han++
		case unicode.Is(unicode.Hangul, r):
			hangul++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Latin, r):
			latin++
		}
	}
	switch {
	case kana > 0 && (kana+han)*4 > latin:
		return "ja"
	case han*3 > latin && han > 0:
		return "zh"
	case hangul*3 > latin && hangul > 0:
		return "ko"
	case cyrillic > latin:
		return "ru"
	case latin < 12:
		return ""
	}
	return latinLanguage(text)
}

// marks are what gives a language away: its own short words, letters that
// English lacks, and endings of its longer words.
type marks struct {
	code    string
	words   map[string]bool
	letters string
	endings []string
}

// Words that datasheets in English use as well ("die", "des", "in", "a") are in no list.
var latinMarks = []marks{
	{"de", set("und der das für mit von zur zum auf bei ist nicht oder aus ohne nach über eine einen einer einem sowie bis ab als auch wird werden durch", " "), "äöüß",
		[]string{"ung", "ungen", "keit", "heit", "isch", "ische", "ischer", "lich", "gerät", "geräte", "anlage", "maschine", "schrank", "behälter", "messer", "satz", "stecker", "pumpe", "kamera", "steuerung", "werkzeug", "schlüssel", "umformer", "erzeuger", "aggregat", "verstärker", "wandler", "regler", "lampe", "leuchte", "rohr", "stahl"}},
	{"fr", set("et le les des du la pour avec dans par sur une est au aux sans ou ne pas son ses leur ce cette haute", " "), "éèêëçœàùûîô",
		[]string{"eur", "eurs", "euse", "eux", "ique", "iques", "ement", "aire", "aires", "elle", "elles"}},
	{"es", set("el los las para con una por del sin es su de alta entre desde hasta más", " "), "ñáíóú¿¡",
		[]string{"ción", "ciones", "dor", "dora", "dores", "dad", "ico", "icos", "miento"}},
	{"it", set("il lo gli per con una della dello delle degli alla nel sono è di senza ad alta", " "), "ìòàù",
		[]string{"zione", "zioni", "tore", "tori", "mento", "ità", "ico", "ici"}},
	{"pt", set("os as para com uma do da dos das por em não sem de alta até", " "), "ãõ",
		[]string{"ção", "ções", "dor", "dores", "dade", "mento"}},
	{"nl", set("en het een van voor met op zijn niet of uit zonder bij naar door de", " "), "ĳ",
		[]string{"heid", "ijk", "ijke", "apparaat", "installatie"}},
	{"sv", set("och för med av på till är ett en inte eller utan från", " "), "åäö",
		[]string{"ning", "het", "isk", "iska", "apparat"}},
	{"pl", set("na ze dla oraz od przez nie jest bez", " "), "ąćęłńśźż",
		[]string{"owy", "owa", "nik", "anie", "enie"}},
	{"tr", set("ve için ile bir bu olan değil", " "), "ışğ",
		[]string{"lar", "ler", "lık", "leri", "ları"}},
}

// englishWords are words that only English has; each speaks against the others.
var englishWords = set("the of and for with from to by is are up at that this which its per into without not on or an as be can has have used high low", " ")

// enough is the evidence below which a text is taken for English: a name and
// an accent do not make a French text.
const enough = 3.0

func latinLanguage(text string) string {
	scores := make([]float64, len(latinMarks))
	own := 0.0
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		word := strings.ToLower(field)
		length := len([]rune(word))
		if englishWords[word] {
			own += 1.5
			continue
		}
		if length < 2 {
			continue // units and part numbers
		}
		if field == strings.ToUpper(field) && length < 5 {
			continue // abbreviations
		}
		for i := range latinMarks {
			m := &latinMarks[i]
			if m.words[word] {
				scores[i] += 1.5
				continue
			}
			if strings.ContainsAny(word, m.letters) && length > 3 {
				scores[i] += 1.5
			}
			if length > 6 {
				for _, e := range m.endings {
					if strings.HasSuffix(word, e) {
						scores[i]++
						break
					}
				}
			}
		}
	}
	best, most := "en", max(enough, own+1)
	for i, s := range scores {
		if s >= most {
			best, most = latinMarks[i].code, s+0.01
		}
	}
	return best
}
