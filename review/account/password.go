package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A password has so many characters, counted after normalising.
const (
	MinPassword = 12
	MaxPassword = 1024
)

// maxTyped bounds the bytes that are looked at at all: MaxPassword characters
// of four bytes.
const maxTyped = 4 * MaxPassword

// normalised returns a password as it is hashed: the same characters typed on
// another keyboard give the same bytes. ok is false for one that is no
// password anywhere; it must then still cost what others cost.
func normalised(password string) (clean string, ok bool) {
	if len(password) > maxTyped || !utf8.ValidString(password) {
		return "", false
	}
	clean = norm.NFKC.String(password)
	return clean, utf8.RuneCountInString(clean) <= MaxPassword
}

// newPassword returns password as it is hashed, or why it may not be chosen by
// the one who is called names.
func newPassword(password string, names ...string) (string, error) {
	clean, ok := normalised(password)
	switch n := utf8.RuneCountInString(clean); {
	case !ok || n > MaxPassword:
		return "", invalid("choose a shorter one", "the password is longer than %d characters, or not text", MaxPassword)
	case n < MinPassword:
		return "", invalid("four or five words that have nothing to do with each other are easy to keep", "the password is shorter than %d characters", MinPassword)
	case strings.ContainsRune(clean, 0):
		return "", invalid("leave control characters out", "the password is not text")
	}
	if why := guessable(clean, names); why != "" {
		return "", invalid("four or five words that have nothing to do with each other are hard to guess", "the password is among the first that are tried: %s", why)
	}
	return clean, nil
}

// guessable says why a password is among the first that anybody tries, or "".
func guessable(password string, names []string) string {
	lower := strings.ToLower(password)
	distinct := map[rune]bool{}
	for _, r := range lower {
		distinct[r] = true
	}
	if len(distinct) < 5 {
		return "it has fewer than five different characters"
	}
	if sequence(lower) {
		return "it follows the keyboard or the alphabet"
	}
	signs := func(r rune) bool { return !unicode.IsLetter(r) }
	if commonWords[core(strings.TrimFunc(lower, signs))] || commonWords[core(strings.TrimRightFunc(lower, signs))] {
		return "it is a common password with signs around it"
	}
	for _, name := range names {
		for _, part := range strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			if utf8.RuneCountInString(part) >= 4 && strings.Contains(lower, part) && utf8.RuneCountInString(lower) < MinPassword+utf8.RuneCountInString(part) {
				return "most of it is your name"
			}
		}
	}
	return ""
}

// core returns the letters of s with disguises taken off, once when they stand
// several times: what is left of "P@ssw0rdP@ssw0rd" is "password".
func core(s string) string {
	letters := strings.Map(func(r rune) rune {
		if plain, ok := disguises[r]; ok {
			return plain
		}
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, s)
	for range 3 {
		if half := len(letters) / 2; half > 0 && letters[:half] == letters[half:] {
			letters = letters[:half]
		}
	}
	return letters
}

// sequence reports whether s is made of steps along the alphabet, the digits
// or a row of keys, forth or back, in runs of four or more.
func sequence(s string) bool {
	runes := []rune(s)
	step := func(a, b rune) int {
		for _, row := range rows {
			if i, j := strings.IndexRune(row, a), strings.IndexRune(row, b); i >= 0 && j >= 0 {
				switch (j - i + len(row)) % len(row) {
				case 1:
					return 1
				case len(row) - 1:
					return -1
				}
			}
		}
		return 0
	}
	outside, run, dir := 0, 1, 0
	flush := func() {
		if run < 4 {
			outside += run
		}
	}
	for i := 1; i < len(runes); i++ {
		if d := step(runes[i-1], runes[i]); d != 0 && (d == dir || run == 1) {
			run, dir = run+1, d
			continue
		}
		flush()
		run, dir = 1, 0
	}
	flush()
	return outside < 4
}

var rows = []string{"abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn"}

var disguises = map[rune]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', '$': 's', '!': 'i'}

// commonWords are what people start from who are told to choose a long
// password: common ones, and what they are for here.
var commonWords = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`
		password passwort motdepasse contrasena contraseña wachtwoord senha parola haslo passphrase passcode
		mypassword yourpassword newpassword oldpassword thepassword passwordis adminpassword rootpassword userpassword
		secret topsecret mysecret letmein letmeinnow letmeinplease openup opensesame iloveyou iloveyouso loveyou
		welcome welcomehome welcomeback hello helloworld hellohello administrator admin adminadmin root superuser user
		changeme changemenow changeit changethis default defaultpassword test testing testtest testpassword temp temporary temppassword
		qwerty qwertyqwerty qwertz azerty asdf asdfasdf dragon monkey football baseball basketball superman batman starwars
		princess sunshine shadow master michael jennifer jordan pokemon computer internet whatever trustno one trustnoone
		summer winter spring autumn monday january february october november december
		correcthorsebatterystaple thequickbrownfox toberornottobe tobeornottobe
		assay assayassay assayadmin assaypassword exportcontrol exporter export officer evaluator classification classify customs
		company companyname office server database production staging`) {
		m[w] = true
	}
	return m
}()
