package corpus

import (
	"regexp"
	"strings"
)

var celex = regexp.MustCompile(`0\d{4}[A-Z]\d{4}-\d{8}`)

// euOriginal is the day the first text of Regulation (EU) 2021/821 began to
// apply; whatever EU edition is later than that is a consolidation.
const euOriginal = "2021-09-09"

// OfficialURL returns the address where a reader finds code in the edition
// that meta describes, or in the list as it stands now when meta has no date.
// The publishers give no address to a single entry, so it is the page of the
// whole list; a list that Assay does not know by name yields "".
func OfficialURL(meta Meta, code string) string {
	list, _ := LookupList(meta.List)
	if meta.Date == "" {
		return list.URL
	}
	switch meta.List {
	case USCCL, USUSML:
		return strings.Replace(list.URL, "/current/", "/on/"+meta.Date+"/", 1)
	case EUDualUse:
		const at = "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:"
		if id := celex.FindString(meta.Source); id != "" {
			return at + id
		}
		if meta.Date > euOriginal {
			return at + "02021R0821-" + strings.ReplaceAll(meta.Date, "-", "")
		}
	}
	return list.URL
}
