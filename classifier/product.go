package classifier

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Product is what is to be classified.
type Product struct {
	ID          string     `json:"id,omitempty"`
	Name        string     `json:"name,omitempty"`
	Description string     `json:"description,omitempty"`
	Attributes  Attributes `json:"attributes,omitempty"`
}

// Attributes are the rows of a datasheet's table: property and value as printed.
type Attributes map[string]string

// UnmarshalJSON accepts strings, numbers, booleans, null and lists of these as
// values, because people's tables hold all of them.
func (a *Attributes) UnmarshalJSON(data []byte) error {
	var raw map[string]any
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	if err := dec.Decode(&raw); err != nil {
		return errors.New("attributes must be an object of names and values")
	}
	out := make(Attributes, len(raw))
	for k, v := range raw {
		s, err := scalar(v)
		if err != nil {
			return fmt.Errorf("attribute %q: %w", k, err)
		}
		if s != "" {
			out[k] = s
		}
	}
	*a = out
	return nil
}

func scalar(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		if v {
			return "yes", nil
		}
		return "no", nil
	case json.Number:
		return v.String(), nil
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			if _, nested := x.([]any); nested {
				return "", errors.New("a list must hold plain values")
			}
			s, err := scalar(x)
			if err != nil {
				return "", err
			}
			parts[i] = s
		}
		return strings.Join(parts, ", "), nil
	}
	return "", errors.New("the value must be text, a number, yes/no or a list of these")
}

// Limits on one product. Longer texts are datasheets to be attached, not
// descriptions to be read.
const (
	MaxName        = 1000      // bytes
	MaxDescription = 100 << 10 // bytes
	MaxAttributes  = 500
	maxAttribute   = 10 << 10 // bytes of one value
)

// InputError says what is wrong with a product and what to do about it. Its
// text may be shown to whoever sent the product.
type InputError struct{ Field, Text string }

func (e *InputError) Error() string { return e.Field + ": " + e.Text }

// Validate returns an *InputError for a product that cannot be classified.
func (p Product) Validate() error {
	switch {
	case len(p.Name) > MaxName:
		return &InputError{"name", fmt.Sprintf("is %d bytes long; at most %d, the rest belongs into the description", len(p.Name), MaxName)}
	case len(p.Description) > MaxDescription:
		return &InputError{"description", fmt.Sprintf("is %d bytes long; at most %d: keep the part that says what the product is and does", len(p.Description), MaxDescription)}
	case len(p.Attributes) > MaxAttributes:
		return &InputError{"attributes", fmt.Sprintf("are %d; at most %d", len(p.Attributes), MaxAttributes)}
	}
	for field, s := range map[string]string{"name": p.Name, "description": p.Description} {
		if !utf8.ValidString(s) {
			return &InputError{field, "is not UTF-8 text; save the file as UTF-8"}
		}
		if strings.ContainsRune(s, 0) {
			return &InputError{field, "holds a NUL byte; is it a binary file?"}
		}
	}
	for k, v := range p.Attributes {
		if len(k)+len(v) > maxAttribute || !utf8.ValidString(k+v) || strings.ContainsRune(k+v, 0) {
			return &InputError{"attributes", fmt.Sprintf("%.40q must be UTF-8 text of at most %d bytes", k, maxAttribute)}
		}
	}
	if strings.TrimSpace(p.Name) == "" && strings.TrimSpace(p.Description) == "" && len(p.Attributes) == 0 {
		return &InputError{"description", "is empty; say what the product is, what it does and its main figures"}
	}
	return nil
}

// body returns the searched text below the name, and where each field stands in it.
func (p Product) body() (string, []segment) {
	var b strings.Builder
	segments := []segment{{"description", 0, len(p.Description)}}
	b.WriteString(p.Description)
	for _, k := range slices.Sorted(maps.Keys(p.Attributes)) {
		b.WriteString("\n")
		key := strings.NewReplacer("_", " ").Replace(k)
		b.WriteString(key + ": ")
		start := b.Len()
		b.WriteString(p.Attributes[k])
		segments = append(segments, segment{"attributes." + k, start, b.Len()})
	}
	return b.String(), segments
}

// segment is where a field's text stands in the searched text.
type segment struct {
	field      string
	start, end int
}

// Span is a stretch of a product's own text.
type Span struct {
	Field string `json:"field"` // "name", "description", "attributes.<key>"
	Start int    `json:"start"` // byte offsets in that field
	End   int    `json:"end"`
	Text  string `json:"text"`
}
