package account

import (
	"strings"
	"testing"

	"assay/review"
)

func TestNewPassword(t *testing.T) {
	for _, tt := range []struct {
		password string
		says     string // "" when it may be chosen
	}{
		{"correct horse battery", ""},
		{"zwölf Boxkämpfer", ""},
		{"日本語の長い合言葉を使う人", ""},
		{"x7#kQ!v92Lmp", ""},
		{"passwords are not welcome", ""},
		{"the summer of my first job", ""},
		{"x7#kQ!v92Lm", "shorter than 12"},
		{"日本語の長い合言葉", "shorter than 12"},
		{"👩‍👩‍👧", "shorter than 12"},
		{strings.Repeat("ab3$x", 204) + "abcd", ""},
		{strings.Repeat("ab3$x", 205), "longer than 1024"},
		{strings.Repeat("ﷺ", 100), "longer than 1024"}, // one character that is eighteen
		{"not text \xff\xfe at all", "longer than 1024 characters, or not text"},
		{"a\x00nother passphrase", "not text"},
		{"passwordpassword", "common"},
		{"Password1234", "common"},
		{"P@ssw0rd-2026!!", "common"},
		{"!!!Welcome2026", "common"},
		{"123letmein456", "common"},
		{"correcthorsebatterystaple", "common"},
		{"aaaaaaaaaaaaaaa", "fewer than five"},
		{"abababababab", "fewer than five"},
		{"123456789012", "follows the keyboard"},
		{"qwertyuiopas", "follows the keyboard"},
		{"abcdefghijklm", "follows the keyboard"},
		{"0987654321zyx", "follows the keyboard"},
		{"maria.gomez12", "your name"},
		{"GOMEZmaria2026", "your name"},
		{"gomez likes long walks", ""},
	} {
		got, err := newPassword(tt.password, "maria.gomez", "María Gómez")
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("%q: %v", tt.password, err)
		case tt.says == "" && got == "":
			t.Errorf("%q became empty", tt.password)
		case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || review.KindOf(err) != review.Invalid):
			t.Errorf("%q: %v, want %q", tt.password, err, tt.says)
		case tt.says != "" && strings.Contains(err.Error(), tt.password):
			t.Errorf("the error repeats the password %q", tt.password)
		}
	}
}

// TestOnePasswordOnTwoKeyboards types the same with composed and with combining
// characters, and in full-width letters.
func TestOnePasswordOnTwoKeyboards(t *testing.T) {
	for a, b := range map[string]string{"Gr\u00f6\u00dfe \u00e9t\u00e9 1234": "Gro\u0308\u00dfe e\u0301te\u0301 1234", "ｐａｓｓ ｐｈｒａｓｅ 1": "pass phrase 1", "ﬁne words, long": "fine words, long"} {
		one, ok1 := normalised(a)
		two, ok2 := normalised(b)
		if one != two || !ok1 || !ok2 {
			t.Errorf("%q and %q are two passwords", one, two)
		}
	}
	if clean, ok := normalised(strings.Repeat("x", 1<<20)); ok || clean != "" {
		t.Error("a mebibyte is taken for a password")
	}
}
