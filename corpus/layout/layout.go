// Package layout reads control lists from layout text: what pdftotext -layout
// makes of the published PDF, where indentation is all that is left of the
// structure. ReadAnnexI reads the EU's list of dual-use items,
// ReadCommonMilitary the Common Military List.
//
// Running heads, feet, page numbers, "continued" lines, covers and contents
// are left out. Exponents that the PDF printed above the line are put back
// where that is certain ("2 x 10^8"), and the passage is marked; other raised
// and lowered figures stay in the line as plain digits.
//
// The package does no I/O and imports nothing of Assay but corpus and
// corpus/internal/draft.
package layout

import (
	"regexp"
	"strconv"
	"strings"
)

// The formats that Detect tells apart.
const (
	FormatAnnexI   = "layout-annexi"
	FormatMilitary = "layout-cml"
)

const attribution = "© European Union, https://eur-lex.europa.eu/, reuse permitted with acknowledgement; only the Official Journal is authentic."

var (
	annexSign    = regexp.MustCompile(`(?m)^\f?[0-9][A-E][0-9]{3}\s{2,}\S`)
	militarySign = regexp.MustCompile(`(?m)^\f? ?ML[0-9]{1,2}\s{2,}\S`)
)

// Detect returns the format of data when it is one of the layout texts that
// this package reads, else "".
func Detect(data []byte) string {
	annex, military := len(annexSign.FindAllIndex(data, 40)), len(militarySign.FindAllIndex(data, 40))
	switch {
	case annex == 0 && military == 0:
		return ""
	case annex > military:
		return FormatAnnexI
	}
	return FormatMilitary
}

var date = regexp.MustCompile(`\b([0-9]{1,2})\.? ([a-zæøå]+|[A-Z][a-z]+) ([12][0-9]{3})\b`)

// months by their first three letters, in English and in Norwegian, the
// language of the covers that the published layout texts have.
var months = map[string]string{
	"jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "mai": "05", "jun": "06", "jul": "07",
	"aug": "08", "sep": "09", "oct": "10", "okt": "10", "nov": "11", "dec": "12", "des": "12",
}

// firstDate returns the first day written out in lines ("20 May 2021",
// "20. mai 2021") as 2021-05-20, or "".
func firstDate(lines []string) string {
	for _, m := range date.FindAllStringSubmatch(strings.Join(lines, " "), -1) {
		name := strings.ToLower(m[2])
		month, ok := months[name[:min(3, len(name))]]
		day, _ := strconv.Atoi(m[1])
		if ok && day >= 1 && day <= 31 {
			return m[3] + "-" + month + "-" + string(rune('0'+day/10)) + string(rune('0'+day%10))
		}
	}
	return ""
}
