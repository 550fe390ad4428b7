package pull

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// ecfrText accepts a whole eCFR text that contains mark, which what names.
func ecfrText(mark, what string) func([]byte) error {
	return func(data []byte) error {
		root, err := closed(data)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(root, "DIV") && root != "ECFR" {
			return fmt.Errorf("the answer is not a text of the eCFR but <%s>%s", root, title(data))
		}
		if !bytes.Contains(data, []byte(mark)) {
			return fmt.Errorf("the answer does not contain %s", what)
		}
		return nil
	}
}

// euText accepts a whole page that holds Annex I.
func euText(data []byte) error {
	root, err := closed(data)
	if err != nil {
		return err
	}
	if !strings.EqualFold(root, "html") {
		return fmt.Errorf("the answer is not a page but <%s>", root)
	}
	for _, entry := range []string{"0A001", "3A001", "9A001"} {
		if !bytes.Contains(data, []byte(entry)) {
			return fmt.Errorf("the answer is a page without Annex I%s", title(data))
		}
	}
	return nil
}

// jsonText accepts whole JSON.
func jsonText(data []byte) error {
	trimmed := bytes.TrimSpace(data)
	switch {
	case json.Valid(trimmed):
		return nil
	case bytes.HasPrefix(trimmed, []byte("<")):
		return fmt.Errorf("the answer is not JSON but a page%s", title(data))
	}
	return fmt.Errorf("%w: it is not whole JSON", errTruncated)
}

// closed returns the name of the outermost element of markup, and errTruncated
// when that is not closed at the end of data.
func closed(data []byte) (root string, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return "", fmt.Errorf("%w: it is empty", errTruncated)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for root == "" {
		t, err := d.RawToken()
		switch t := t.(type) {
		case xml.StartElement:
			root = t.Name.Local
		case xml.CharData:
			if s := bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff"))); len(s) > 0 {
				return "", errors.New("the answer is no markup")
			}
		}
		if err != nil {
			return "", fmt.Errorf("%w: it opens no element", errTruncated)
		}
	}
	end := bytes.LastIndex(data, []byte("</"))
	if end < 0 || !closing.Match(data[end:]) || !strings.EqualFold(closing.FindStringSubmatch(string(data[end:]))[1], root) {
		return "", fmt.Errorf("%w: <%s> is not closed", errTruncated, root)
	}
	return root, nil
}

var (
	closing  = regexp.MustCompile(`^</(?:[\w-]+:)?([\w-]+)\s*>(?:\s|<!--(?s:.*?)-->)*$`)
	pageName = regexp.MustCompile(`(?is)<title[^>]*>\s*([^<]{1,80})`)
)

// title returns the name of a page, to put behind the word for it.
func title(data []byte) string {
	m := pageName.FindSubmatch(data[:min(len(data), 16<<10)])
	if m == nil {
		return ""
	}
	return fmt.Sprintf(" called %q", strings.Join(strings.Fields(string(m[1])), " "))
}
