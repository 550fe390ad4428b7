package pdf

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/ascii85"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

var limits = Limits{Pages: 100, Text: 1 << 20, Unpacked: 16 << 20}

func pdfOf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	return []byte(b.String() + "trailer <</Root 1 0 R>>\n%%EOF")
}

func strm(dict, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

func onePage(content string, more ...string) []byte {
	return pdfOf(append([]string{"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]>>",
		"<</Type/Page/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>/F5 5 0 R>>/XObject<</X 5 0 R>>>>>>", content}, more...)...)
}

func deflate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// lzwOf packs as writers do that clear the table before codes grow.
func lzwOf(s string) string {
	var out []byte
	var acc, bits uint
	put := func(code uint) {
		acc = acc<<9 | code
		for bits += 9; bits >= 8; bits -= 8 {
			out = append(out, byte(acc>>(bits-8)))
		}
	}
	for i := range len(s) {
		if i%200 == 0 {
			put(256)
		}
		put(uint(s[i]))
	}
	put(257)
	put(0) // fills the last byte
	return string(out)
}

// pngRows writes rows of n bytes, each with another PNG predictor.
func pngRows(s string, n int) string {
	for len(s)%n != 0 {
		s += " "
	}
	var out []byte
	above := make([]byte, n)
	for r := 0; r < len(s); r += n {
		row := []byte(s[r : r+n])
		kind := byte(r / n % 5)
		out = append(out, kind)
		for i := range row {
			var left, corner byte
			if i > 0 {
				left, corner = row[i-1], above[i-1]
			}
			guess := [5]byte{0, left, above[i], byte((int(left) + int(above[i])) / 2), paeth(left, above[i], corner)}[kind]
			out = append(out, row[i]-guess)
		}
		above = row
	}
	return string(out)
}

func a85(s string) string {
	b := make([]byte, ascii85.MaxEncodedLen(len(s)))
	return string(b[:ascii85.Encode(b, []byte(s))]) + "~>"
}

func TestRead(t *testing.T) {
	const words = "BT /F1 10 Tf 50 700 Td (Some words of a datasheet) Tj ET"
	objects := "7 0 8 32 " // numbers and offsets of the object stream
	seven, eight := "<</Type/Catalog/Pages 8 0 R>>   ", "<</Type/Pages/Kids[3 0 R]>>"
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"plain", onePage(strm("", words)), "Some words of a datasheet"},
		{"Flate", onePage(strm("/Filter/FlateDecode", deflate(words))), "Some words of a datasheet"},
		{"Flate with PNG predictors", onePage(strm("/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 7>>", deflate(pngRows(words, 7)))), "Some words of a datasheet"},
		{"LZW", onePage(strm("/Filter/LZWDecode", lzwOf(words))), "Some words of a datasheet"},
		{"ASCII85 over Flate", onePage(strm("/Filter[/ASCII85Decode/FlateDecode]", a85(deflate(words)))), "Some words of a datasheet"},
		{"ASCII hex", onePage(strm("/Filter/AHx", hex.EncodeToString([]byte(words))+">")), "Some words of a datasheet"},
		{"run length", onePage(strm("/Filter/RunLengthDecode", string(rune(len(words)-1))+words+"\x80")), "Some words of a datasheet"},
		{"a length that is wrong", onePage(strings.Replace(strm("", words), "/Length 60", "/Length 7", 1)), "Some words of a datasheet"},
		{"a length elsewhere", onePage(strings.Replace(strm("", words), "/Length 60", "/Length 5 0 R", 1), "60"), "Some words of a datasheet"},
		{"contents in two streams", bytes.Replace(onePage(strm("", "BT /F1 10 Tf (Some"), strm("", " words) Tj ET")), []byte("/Contents 4 0 R"), []byte("/Contents[4 0 R 5 0 R]"), 1), "Some\n words"},
		{"catalog in an object stream", bytes.Replace(onePage(strm("", words), strm("/Type/ObjStm/N 2/First 9/Filter/FlateDecode", deflate(objects+seven+eight))),
			[]byte("trailer <</Root 1 0 R>>"), []byte("9 0 obj\n"+strm("/Type/XRef/Root 7 0 R", "")+"\nendobj\n"), 1), "Some words of a datasheet"},
		{"the newer of two objects", append(onePage(strm("", "BT /F1 9 Tf (old) Tj ET")), []byte("\n4 0 obj\n"+strm("", "BT /F1 9 Tf (new) Tj ET")+"\nendobj\n")...), "new"},
		{"no catalog", bytes.Replace(onePage(strm("", words)), []byte("/Catalog"), []byte("/Nothing"), 1), "Some words of a datasheet"},
		{"words from gaps", onePage(strm("", "BT /F1 10 Tf [(Sam) 20 (ple) -300 (rate)] TJ ET")), "Sample rate"},
		{"cells from gaps", onePage(strm("", "BT /F1 10 Tf 50 700 Td (Rate) Tj 150 0 Td (3 GSPS) Tj -150 -12 Td (Bits) Tj 150 0 Td (14) Tj ET")), "Rate\t3 GSPS\nBits\t14"},
		{"lines and paragraphs", onePage(strm("", "BT /F1 10 Tf 12 TL 50 700 Td (one) Tj T* (two) Tj (three) ' 0 -40 Td (four) Tj 1 2 (five) \" ET")), "one\ntwo\nthree\n\nfour\nfive"},
		{"superscript", onePage(strm("", "BT /F1 10 Tf (10) Tj /F1 6 Tf 4 Ts (-3) Tj 0 Ts /F1 10 Tf ( mbar) Tj ET")), "10-3 mbar"},
		{"drawn twice to look bold", onePage(strm("", "BT /F1 10 Tf 1 0 0 1 50 700 Tm (Bold) Tj 1 0 0 1 50.3 700 Tm (Bold) Tj ET")), "Bold"},
		{"a letter twice is two letters", onePage(strm("", "BT /F1 10 Tf (wil) Tj (l) Tj (l) Tj ET")), "willl"},
		{"turned text", onePage(strm("", "BT /F1 10 Tf 0 1 -1 0 50 50 Tm (up) Tj 0 1 -1 0 50 64 Tm (ward) Tj ET")), "up ward"},
		{"escapes", onePage(strm("", `BT /F1 10 Tf (a\(b\)\\ \101\
c (nested)) Tj ET`)), `a(b)\ Ac (nested)`},
		{"a form", onePage(strm("", "/X Do"), strm("/Subtype/Form/Matrix[1 0 0 1 9 9]", words)), "Some words of a datasheet"},
		{"a picture in the text", onePage(strm("", "BI /W 2 ID \x00(EI\xff EI "+words)), "Some words of a datasheet"},
		{"names of letters", onePage(strm("", "BT /F5 10 Tf (ABCDE) Tj ET"), "<</Type/Font/Subtype/Type1/Encoding<</Differences[65/Omega/uni00B5 67/f_i/a.alt/g77]>>>>"), "Ωµfia"},
		{"a map of letters", onePage(strm("", "BT /F5 10 Tf <000100020003> Tj ET"), "<</Type/Font/Subtype/Type0/Encoding/Identity-H/ToUnicode 6 0 R>>",
			strm("", "1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfchar <0001> <03A9> endbfchar 1 beginbfrange <0002> <0003> <0061> endbfrange")), "Ωab"},
		{"a map of letters with a list", onePage(strm("", "BT /F5 10 Tf <0203> Tj ET"), "<</Type/Font/Subtype/Type1/ToUnicode 6 0 R>>",
			strm("", "1 beginbfrange <02> <03> [<D835DC00> <00660069>] endbfrange")), "\U0001d400fi"},
		{"Mac Roman", onePage(strm("", "BT /F5 10 Tf (\xb5 \xa1C) Tj ET"), "<</Type/Font/Subtype/TrueType/Encoding/MacRomanEncoding>>"), "µ °C"},
		{"the Symbol font", onePage(strm("", "BT /F5 10 Tf (mW) Tj ET"), "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"), "µΩ"},
		{"UTF-16 codes", onePage(strm("", "BT /F5 10 Tf <30443044> Tj ET"), "<</Type/Font/Subtype/Type0/Encoding/UniJIS-UTF16-H>>"), "いい"},
		{"CR alone ends lines", bytes.ReplaceAll(onePage(strm("", words)), []byte("\n"), []byte("\r")), "Some words of a datasheet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, err := Read(context.Background(), tt.data, limits)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(res.Text); got != tt.want {
				t.Errorf("text = %q, want %q", got, tt.want)
			}
			if res.Pages != 1 || res.More || res.Truncated || res.Damaged != 0 {
				t.Errorf("result = %+v", res)
			}
		})
	}
}

func TestReadSaysWhatIsMissing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Read(ctx, onePage(strm("", "")), limits); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Read(context.Background(), []byte("%PDF-1.4"), limits); !errors.Is(err, ErrDamaged) {
		t.Errorf("no pages: %v", err)
	}
	if _, err := Read(context.Background(), bytes.Replace(onePage(strm("", "")), []byte("<</Root"), []byte("<</Encrypt<</Filter/Mine>>/Root"), 1), limits); !errors.Is(err, ErrEncrypted) {
		t.Errorf("other encryption: %v", err)
	}
	broken := deflate(strings.Repeat("BT /F1 9 Tf (kept) Tj ET ", 1000))
	res, err := Read(context.Background(), onePage(strm("/Filter/FlateDecode", broken[:len(broken)/2])), limits)
	if err != nil || res.Damaged != 1 || !strings.Contains(res.Text, "kept") {
		t.Errorf("broken stream: %v, damaged %d, text %.40q", err, res.Damaged, res.Text)
	}
}

// TestLZWGrows packs more than the table holds, so that codes grow to twelve bits.
func TestLZWGrows(t *testing.T) {
	// Made with the general algorithm, codes growing one early, as Adobe's do.
	var text strings.Builder
	for i := range 6000 {
		fmt.Fprintf(&text, "%d ", i*i)
	}
	want := text.String()
	got, err := (&file{ctx: context.Background(), budget: 1 << 20}).unLZW(packLZW(want), true)
	if err != nil || string(got) != want {
		t.Errorf("%d of %d bytes, %v", len(got), len(want), err)
	}
}

func packLZW(s string) []byte {
	var out []byte
	var acc uint64
	var bits uint
	width := uint(9)
	put := func(code int) {
		acc = acc<<width | uint64(code)
		for bits += width; bits >= 8; bits -= 8 {
			out = append(out, byte(acc>>(bits-8)))
		}
	}
	table := map[string]int{}
	reset := func() {
		clear(table)
		for i := range 256 {
			table[string([]byte{byte(i)})] = i
		}
		width = 9
	}
	reset()
	put(256)
	next := 258
	cur := ""
	for i := range len(s) {
		if _, ok := table[cur+s[i:i+1]]; ok {
			cur += s[i : i+1]
			continue
		}
		put(table[cur])
		table[cur+s[i:i+1]] = next
		next++
		if next >= 1<<width && width < 12 {
			width++
		}
		if next == 4094 {
			put(256)
			reset()
			next = 258
		}
		cur = s[i : i+1]
	}
	put(table[cur])
	put(257)
	return append(out, byte(acc<<(8-bits)), 0)
}

func FuzzRead(f *testing.F) {
	f.Add(onePage(strm("/Filter/FlateDecode", deflate("BT /F1 10 Tf (words) Tj ET"))))
	f.Add(onePage(strm("", "BT /F5 10 Tf <0001> Tj ET"), "<</Subtype/Type0/ToUnicode 6 0 R/DescendantFonts[<</W[1[500]2 3 4]>>]>>", strm("", "<00> <FF> endcodespacerange <01> <03A9> endbfchar <02> <03> [<41>] endbfrange")))
	f.Add(onePage(strm("/Filter/LZWDecode", lzwOf("(x) Tj")), strm("/Type/ObjStm/N 1/First 4", "7 0 <<>>")))
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := Read(context.Background(), data, Limits{Pages: 20, Text: 1 << 14, Unpacked: 1 << 20})
		if len(res.Text) > 1<<14 || err != nil && res.Text != "" {
			t.Errorf("%d bytes, %v", len(res.Text), err)
		}
	})
}
