package memo

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // template and style
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"assay/review"
)

//go:embed memo.html
var pageSource string

//go:embed memo.css
var styleSource string

var (
	page  = template.Must(template.New("memo").Option("missingkey=error").Parse(pageSource))
	style = strings.TrimSpace(styleSource) + widths()
)

// widths are classes for the widths of columns: the policy forbids to write a
// width where it is used.
func widths() string {
	var b strings.Builder
	for n := 1; n <= 100; n++ {
		fmt.Fprintf(&b, "\n.w%d { width: %d%%; }", n, n)
	}
	return b.String()
}

// Policy is the content security policy of the HTML form. The file must show
// itself without anything beside it, so its style stands in it; the policy
// names that style by its hash, and allows nothing else.
var Policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}()

// HTML returns m as one self-contained page.
func HTML(m review.Memo) ([]byte, error) {
	d := compose(m)
	view := struct {
		document
		Policy string
		Style  template.CSS // our own file
	}{d, Policy, template.CSS(style)}
	var b bytes.Buffer
	if err := page.Execute(&b, view); err != nil {
		return nil, fmt.Errorf("setting memo %s as HTML: %w", m.Number, err)
	}
	return b.Bytes(), nil
}
