package documents

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"unicode/utf8"
)

// kindOfEnding says what a name's ending promises; "" promises nothing.
var kindOfEnding = map[string]Kind{
	".pdf": PDF, ".docx": DOCX, ".docm": DOCX, ".xlsx": XLSX, ".xlsm": XLSX,
	".html": HTML, ".htm": HTML, ".xhtml": HTML, ".csv": CSV, ".tsv": CSV,
	".txt": Text, ".md": Text, ".text": Text, ".markdown": Text,
}

// signature is the beginning of a format that is not read here.
type signature struct{ start, is, remedy string }

const (
	asPDF  = "open it and save or print it as PDF"
	asText = "send the text of the datasheet: PDF, DOCX, XLSX, HTML or plain text"
)

var signatures = []signature{
	{"{\\rtf", "a Rich Text file", "open it and save it as DOCX or PDF"},
	{"\x89PNG", "a picture", "run text recognition (OCR) over it, or type what it says"},
	{"\xff\xd8\xff", "a picture", "run text recognition (OCR) over it, or type what it says"},
	{"GIF8", "a picture", "run text recognition (OCR) over it, or type what it says"},
	{"II*\x00", "a picture", "run text recognition (OCR) over it, or type what it says"},
	{"MM\x00*", "a picture", "run text recognition (OCR) over it, or type what it says"},
	{"\x7fELF", "a program", asText},
	{"MZ\x90\x00", "a program", asText},
	{"\x1f\x8b", "a compressed archive", "unpack it and send the documents in it one by one"},
	{"7z\xbc\xaf", "a compressed archive", "unpack it and send the documents in it one by one"},
	{"Rar!", "a compressed archive", "unpack it and send the documents in it one by one"},
	{"BZh", "a compressed archive", "unpack it and send the documents in it one by one"},
	{"\xfd7zXZ", "a compressed archive", "unpack it and send the documents in it one by one"},
	{"PK\x05\x06", "an empty archive", asText},
	{"%!PS", "a PostScript file", "convert it to PDF"},
	{"\xff\xfe\x00\x00", "text in UTF-32", "save it as UTF-8"},
	{"\x00\x00\xfe\xff", "text in UTF-32", "save it as UTF-8"},
}

var compoundFile = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

// sniff tells the kind of a file from its content. A name that promises a
// different format is an error, because what a person believes to have sent is
// then not what would be read; among kinds of text it is a warning.
func sniff(name string, data []byte, limits Limits) (Kind, string, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return "", "", &Error{name, "is empty", "send the file again", nil}
	}
	promised := kindOfEnding[strings.ToLower(path.Ext(name))]
	kind, err := kindOfContent(name, data, limits)
	if err != nil {
		return "", "", err
	}
	if kind == Text && (promised == HTML || promised == CSV) {
		kind = promised // nothing in the content of these speaks against it
	}
	switch {
	case promised == "" || promised == kind:
		return kind, "", nil
	case plain(promised) && plain(kind):
		return kind, fmt.Sprintf("the name says %s, the content is %s; it was read as %s", promised, kind, kind), nil
	}
	remedy := fmt.Sprintf("give it the right ending (.%s), or send the file that was meant", ending(kind))
	if kind == HTML {
		remedy = "a page was saved in place of the document, perhaps an error page: download it again"
	}
	return "", "", &Error{name, fmt.Sprintf("is named like %s, but its content is %s", article(promised), article(kind)), remedy, nil}
}

func plain(k Kind) bool { return k == Text || k == CSV || k == HTML }

func ending(k Kind) string {
	if k == Text {
		return "txt"
	}
	return string(k)
}

func article(k Kind) string {
	switch k {
	case HTML:
		return "an HTML page"
	case XLSX:
		return "an XLSX workbook"
	case Text:
		return "plain text"
	}
	return "a " + strings.ToUpper(string(k)) + " file"
}

func kindOfContent(name string, data []byte, limits Limits) (Kind, error) {
	head := data[:min(len(data), 1024)]
	isPDF := bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n\x00"), []byte("%PDF-"))
	isZip := bytes.HasPrefix(data, []byte("PK\x03\x04"))
	switch {
	case isPDF && endsAsZip(data), isZip && bytes.Contains(head, []byte("%PDF-")):
		return "", &Error{name, "is a PDF and a ZIP archive at once", "print it anew as PDF; files that are two things are not read", nil}
	case isPDF:
		return PDF, nil
	case isZip:
		return kindOfPackage(name, data, limits)
	case bytes.HasPrefix(data, compoundFile):
		if bytes.Contains(data, utf16le("EncryptedPackage")) {
			return "", &Error{name, "is protected by a password", "remove the password and send it again", nil}
		}
		return "", &Error{name, "is an old Office file (.doc, .xls, .ppt)", "open it and save it as DOCX, XLSX or PDF", nil}
	}
	for _, s := range signatures {
		if bytes.HasPrefix(data, []byte(s.start)) {
			return "", &Error{name, "is " + s.is + ", not a document with text", s.remedy, nil}
		}
	}
	if bytes.Contains(head, []byte("%PDF-")) && bytes.Contains(data, []byte("endobj")) {
		return "", &Error{name, "hides a PDF behind other bytes", "print it anew as PDF", nil}
	}
	if looksBinary(data) {
		return "", &Error{name, "is none of the formats that can be read", asText, nil}
	}
	if looksHTML(head) {
		return HTML, nil
	}
	return Text, nil
}

// endsAsZip reports whether a ZIP archive's end record closes the file.
func endsAsZip(data []byte) bool {
	tail := data[max(0, len(data)-(22+1<<16)):]
	for i := bytes.LastIndex(tail, []byte("PK\x05\x06")); i >= 0; i = bytes.LastIndex(tail[:i], []byte("PK\x05\x06")) {
		if i+22 <= len(tail) && i+22+int(binary.LittleEndian.Uint16(tail[i+20:])) == len(tail) {
			return true
		}
	}
	return false
}

// kindOfPackage opens a ZIP archive far enough to say which Office format it is.
func kindOfPackage(name string, data []byte, limits Limits) (Kind, error) {
	pkg, err := openPackage(name, data, limits)
	if err != nil {
		return "", err
	}
	main, err := pkg.mainPart()
	if err != nil {
		return "", err
	}
	switch {
	case strings.HasPrefix(main, "word/"):
		return DOCX, nil
	case strings.HasPrefix(main, "xl/"):
		if strings.HasSuffix(main, ".bin") {
			return "", &Error{name, "is a binary workbook (.xlsb)", "save it as XLSX", nil}
		}
		return XLSX, nil
	case strings.HasPrefix(main, "ppt/"):
		return "", &Error{name, "is a presentation", asPDF, nil}
	case pkg.has("content.xml") && pkg.has("mimetype"):
		return "", &Error{name, "is an OpenDocument file", "save it as DOCX, XLSX or PDF", nil}
	}
	return "", &Error{name, "is a ZIP archive, not a document", "unpack it and send the documents in it one by one", nil}
}

func looksHTML(head []byte) bool {
	s := strings.ToLower(string(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	if u, err := decodeUTF16(head); err == nil {
		s = strings.ToLower(u)
	}
	for {
		s = strings.TrimSpace(s)
		if !strings.HasPrefix(s, "<!--") && !strings.HasPrefix(s, "<?xml") {
			break
		}
		_, rest, found := strings.Cut(s, ">")
		if !found {
			return false
		}
		s = rest
	}
	for _, start := range []string{"<!doctype html", "<html", "<head", "<body", "<table", "<title"} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return false
}

// looksBinary reports whether bytes that no text has make up more than 2 % of
// the first 64 KiB; a few stray ones are cleaned away. UTF-16 is text when a byte order mark says so.
func looksBinary(data []byte) bool {
	if _, err := decodeUTF16(data[:min(len(data), 64)]); err == nil {
		return false
	}
	data = data[:min(len(data), 64<<10)]
	odd := 0
	for _, b := range data {
		if b < 0x20 && b != '\n' && b != '\r' && b != '\t' && b != '\f' || b == 0x7f {
			odd++
		}
	}
	return odd > 8 && odd*50 > len(data)
}

func utf16le(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}

// baseName takes directories off a name, of either system, and what a terminal
// or a log should not see.
func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unprintable(r) {
			return -1
		}
		return r
	}, name)
	for len(name) > 200 {
		_, n := utf8.DecodeRuneInString(name)
		name = name[n:] // the end tells more: it holds the ending
	}
	if name == "" || name == "." || name == "/" {
		return "document"
	}
	return name
}
