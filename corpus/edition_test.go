package corpus

import "testing"

func TestPassageEntry(t *testing.T) {
	for code, want := range map[string]string{"": "", "3": "", "3A": "", "3A001": "3A001", "3A001.a.5": "3A001",
		"XI": "XI", "I": "I", "XI(a)": "XI", "ML1": "ML1", "ML11.a": "ML11"} {
		if got := (Passage{Code: code}).Entry(); got != want {
			t.Errorf("Entry of a passage of %q = %q, want %q", code, got, want)
		}
	}
}
