package corpus

import (
	"fmt"
	"slices"
	"strings"
)

// ListID names a control list of one authority, such as "us-ccl".
type ListID string

// The lists that Assay knows by name. Any other list can be imported through
// the interchange format under an identifier of its own.
const (
	USCCL      ListID = "us-ccl"
	USUSML     ListID = "us-usml"
	EUDualUse  ListID = "eu-dual-use"
	EUMilitary ListID = "eu-military"
	UKDualUse  ListID = "uk-dual-use"
	Wassenaar  ListID = "wassenaar"
)

// List describes a control list: who keeps it, how it says that a product is
// on none of its entries, and where its current text is published.
type List struct {
	ID        ListID `json:"id"`
	Title     string `json:"title"`
	Authority string `json:"authority"`
	// Unlisted is the code for goods on no entry: "EAR99" for the CCL, else "none".
	Unlisted string `json:"unlisted"`
	URL      string `json:"url"`
}

var lists = []List{
	{USCCL, "Commerce Control List", "United States, Bureau of Industry and Security", "EAR99",
		"https://www.ecfr.gov/current/title-15/part-774/appendix-Supplement%20No.%201%20to%20Part%20774"},
	{USUSML, "United States Munitions List", "United States, Directorate of Defense Trade Controls", "none",
		"https://www.ecfr.gov/current/title-22/section-121.1"},
	{EUDualUse, "EU dual-use list (Annex I)", "European Union, Regulation (EU) 2021/821", "none",
		"https://eur-lex.europa.eu/eli/reg/2021/821/annex/I"},
	{EUMilitary, "EU Common Military List", "European Union, Council", "none",
		"https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=OJ:C:2020:085:TOC"},
	{UKDualUse, "UK strategic export control list, dual-use", "United Kingdom", "none",
		"https://www.legislation.gov.uk/uksi/2008/3231"},
	{Wassenaar, "Wassenaar dual-use and munitions lists", "Wassenaar Arrangement", "none",
		"https://www.wassenaar.org/control-lists/"},
}

// Lists returns the lists known by name, in a fixed order.
func Lists() []List { return slices.Clone(lists) }

// LookupList returns the list called id. An unknown id yields a bare List
// that goods are simply on or not ("none"), and false.
func LookupList(id ListID) (List, bool) {
	for _, l := range lists {
		if l.ID == id {
			return l, true
		}
	}
	return List{ID: id, Title: string(id), Unlisted: "none"}, false
}

// ParseListID accepts the name of a list: lower-case letters, digits and
// hyphens, so that it can stand in file names and addresses.
func ParseListID(s string) (ListID, error) {
	if s == "" || len(s) > 40 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", fmt.Errorf("%q is not a list name: use lower-case letters, digits and hyphens, such as %q", s, USCCL)
	}
	return ListID(s), nil
}
