package documents

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html/charset"
)

// officePackage is the ZIP archive of a DOCX or XLSX file, looked over before
// anything in it is unpacked.
type officePackage struct {
	name  string // of the file, for errors
	zip   *zip.Reader
	parts map[string]*zip.File
}

// Bounds that no honest Office file comes near.
const (
	maxParts = 10_000
	// maxRatio holds for parts that unpack to more than ratioFrom: the XML of
	// a large table packs 30:1, a bomb up to 1032:1.
	maxRatio  = 200
	ratioFrom = 4 << 20
	maxDepth  = 256 // of XML elements
)

// openPackage checks names, encryption and sizes of all parts. The sizes are
// the declared ones; archive/zip refuses to unpack more than was declared.
func openPackage(name string, data []byte, limits Limits) (*officePackage, error) {
	damaged := func(err error) error {
		return &Error{name, "is a damaged Office file or archive", "open it, and save it anew or print it as PDF", err}
	}
	hostile := func(reason string) error {
		return &Error{name, reason, "no Office program writes such a file: save it anew or print it as PDF", nil}
	}
	zr, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, damaged(err)
	}
	if len(zr.File) > maxParts {
		return nil, hostile(fmt.Sprintf("has more than %d parts", maxParts))
	}
	p := &officePackage{name, zr, make(map[string]*zip.File, len(zr.File))}
	var total uint64
	for _, f := range zr.File {
		switch {
		case f.Flags&1 != 0:
			return nil, &Error{name, "is protected by a password", "remove the password and send it again", nil}
		case path.IsAbs(f.Name), strings.Contains(f.Name, `\`), strings.Contains(f.Name, ".."), strings.ContainsRune(f.Name, 0), strings.Contains(f.Name, ":"):
			return nil, hostile("holds a part whose name leads out of it")
		case p.parts[f.Name] != nil:
			return nil, hostile("holds two parts of one name")
		case f.UncompressedSize64 > uint64(limits.Unpacked), f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/maxRatio > f.CompressedSize64:
			return nil, hostile("unpacks to far more than its size")
		}
		total += f.UncompressedSize64
		if total > uint64(limits.Unpacked) {
			return nil, hostile(fmt.Sprintf("unpacks to more than %s", size(limits.Unpacked)))
		}
		p.parts[f.Name] = f
	}
	return p, nil
}

func (p *officePackage) has(part string) bool { return p.parts[part] != nil }

// hasMacros reports whether the package carries a VBA project.
func (p *officePackage) hasMacros() bool {
	for name := range p.parts {
		if strings.HasSuffix(strings.ToLower(name), "vbaproject.bin") {
			return true
		}
	}
	return false
}

// mainPart returns the name of the part that holds the document's body, or ""
// when the archive is no Office file.
func (p *officePackage) mainPart() (string, error) {
	if !p.has("_rels/.rels") || !p.has("[Content_Types].xml") {
		return "", nil
	}
	main := ""
	err := p.walk(context.Background(), "_rels/.rels", func(t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" && strings.HasSuffix(attr(e, "Type"), "/officeDocument") && main == "" {
			main = strings.TrimPrefix(attr(e, "Target"), "/")
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	if !p.has(main) {
		return "", &Error{p.name, "names a main part that it does not hold", "open it, and save it anew or print it as PDF", nil}
	}
	return main, nil
}

// walk reads one part as XML and hands each token to visit, until visit
// returns an error; errStop ends it without one. Document type declarations,
// and so entities of any kind, are refused.
func (p *officePackage) walk(ctx context.Context, part string, visit func(xml.Token) error) error {
	fail := func(reason string, err error) error {
		return &Error{p.name, fmt.Sprintf("%s (%s)", reason, part), "open it, and save it anew or print it as PDF", err}
	}
	rc, err := p.parts[part].Open()
	if err != nil {
		return fail("is damaged", err)
	}
	defer rc.Close()
	dec := xml.NewDecoder(rc)
	dec.CharsetReader = charset.NewReaderLabel
	depth := 0
	for i := 0; ; i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			if depth != 0 {
				return fail("is damaged: XML that ends too early", nil)
			}
			return nil
		}
		if err != nil {
			return fail("is damaged", err)
		}
		switch t.(type) {
		case xml.Directive:
			return fail("declares a document type, which Office files never do", nil)
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return fail(fmt.Sprintf("nests elements deeper than %d", maxDepth), nil)
			}
		case xml.EndElement:
			if depth--; depth < 0 {
				return fail("is damaged: XML that closes what it did not open", nil)
			}
		}
		if err := visit(t); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
}

var errStop = errors.New("enough was read")

// attr returns the value of an attribute, whatever its name space.
func attr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
