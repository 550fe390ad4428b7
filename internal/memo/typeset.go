package memo

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// look is how a stretch of text is set.
type look struct {
	face  face
	size  float64 // points
	color color
	url   string
}

type color struct{ r, g, b int }

var (
	ink     = color{22, 24, 28}
	muted   = color{85, 91, 102}
	caution = color{140, 29, 24}
)

// fragment is text of one look with its width in points.
type fragment struct {
	text  string
	look  look
	width float64
}

// line is a line of text, ready to be placed.
type line struct{ fragments []fragment }

func (l line) width() float64 {
	w := 0.0
	for _, f := range l.fragments {
		w += f.width
	}
	return w
}

// setter breaks text into lines. It remembers which characters no font has.
type setter struct {
	loaded  [len(faces)]*font
	missing map[rune]bool
	err     error
}

func (s *setter) font(f face) *font {
	if s.loaded[f] == nil {
		loaded, err := fonts[f]()
		if err != nil {
			s.err = err
			loaded = &font{}
		}
		s.loaded[f] = loaded
	}
	return s.loaded[f]
}

// lacking stands for a character that no font has.
const lacking = '□'

// glyph returns the face that draws r, where wanted is asked for, and its
// width in thousandths; ok is false when no face does.
func (s *setter) glyph(wanted face, r rune) (face, int, bool) {
	if w, ok := s.font(wanted).widths[r]; ok {
		return wanted, w, true
	}
	if r < 0x1100 { // the eastern font has nothing below, and is large
		return wanted, 0, false
	}
	w, ok := s.font(eastern).widths[r]
	return eastern, w, ok
}

// fragments cuts a span into stretches that one face can draw. A character
// that none can is spelled out where that is safe (℃, ﬁ), or else shown as a box.
func (s *setter) fragments(text string, l look) []fragment {
	var all []fragment
	var run strings.Builder // of the last fragment
	close := func() {
		if n := len(all); n > 0 {
			all[n-1].text = run.String()
			run.Reset()
		}
	}
	add := func(f face, r rune, width int) {
		if n := len(all); n == 0 || all[n-1].look.face != f {
			close()
			own := l
			own.face = f
			all = append(all, fragment{look: own})
		}
		run.WriteRune(r)
		all[len(all)-1].width += float64(width) * l.size / 1000
	}
	for _, r := range text {
		if f, w, ok := s.glyph(l.face, r); ok {
			add(f, r, w)
			continue
		}
		parts := spelled(r)
		for _, p := range parts {
			if _, _, ok := s.glyph(l.face, p); !ok {
				parts = ""
				break
			}
		}
		if parts == "" {
			s.missing[r] = true
			parts = string(lacking)
		}
		for _, p := range parts {
			f, w, _ := s.glyph(l.face, p)
			add(f, p, w)
		}
	}
	close()
	return all
}

// word is what must stay together, with the white space behind it.
type word struct {
	fragments []fragment
	space     []fragment
}

func widthOf(all []fragment) float64 { return line{all}.width() }

// words cuts spans, each with its look, where a line may end.
func (s *setter) words(spans []fragment) []word {
	var all []word
	var now word
	var before rune
	end := func() {
		if len(now.fragments)+len(now.space) > 0 {
			all = append(all, now)
			now = word{}
		}
	}
	for _, span := range spans {
		from := 0
		flush := func(to int, space bool) {
			if to > from {
				made := s.fragments(span.text[from:to], span.look)
				if space {
					now.space = append(now.space, made...)
				} else {
					now.fragments = append(now.fragments, made...)
				}
				from = to
			}
		}
		for i, r := range span.text {
			switch {
			case r == ' ' && before != ' ':
				flush(i, false)
			case r != ' ' && before == ' ':
				flush(i, true)
				end()
			case r != ' ' && mayBreak(before, r):
				flush(i, false)
				end()
			}
			before = r
		}
		flush(len(span.text), before == ' ')
	}
	end()
	return all
}

// mayBreak tells whether a line may end between two characters that no space parts.
func mayBreak(before, after rune) bool {
	switch {
	case before == 0:
		return false
	case isEastern(before) || isEastern(after):
		return !strings.ContainsRune("、。，．：；！？）］｝〕〉》」』】・ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々”’)]},.:;!?%", after) &&
			!strings.ContainsRune("（［｛〔〈《「『【“‘([{", before)
	case before == '-' || before == '–' || before == '—':
		return unicode.IsLetter(after)
	}
	return false
}

// breakText sets spans into lines of at most width points.
func (s *setter) breakText(spans []fragment, width float64) []line {
	var all []line
	var now line
	var space []fragment // between the line so far and what comes
	end := func() {
		all = append(all, line{joined(now.fragments)})
		now, space = line{}, nil
	}
	for _, w := range s.words(spans) {
		if len(w.fragments) == 0 { // indented; but not by more than can be seen
			if space = w.space; widthOf(space) > width/2 {
				space = nil
			}
			continue
		}
		if len(now.fragments) > 0 && now.width()+widthOf(space)+widthOf(w.fragments) > width {
			end()
		}
		for len(now.fragments) == 0 && widthOf(space)+widthOf(w.fragments) > width {
			space = nil
			if widthOf(w.fragments) <= width {
				break
			}
			var head []fragment
			head, w.fragments = s.cut(w.fragments, width)
			now.fragments = head
			end()
		}
		now.fragments = append(append(now.fragments, space...), w.fragments...)
		space = w.space
	}
	if len(now.fragments) > 0 || len(all) == 0 {
		end()
	}
	return all
}

// cut takes from a word that is too long what fits into width, at a mark of
// punctuation if one is near the end, and at least one character.
func (s *setter) cut(all []fragment, width float64) (head, rest []fragment) {
	type place struct {
		fragment, at int
		width        float64 // of the fragment up to there
	}
	used := 0.0
	var fits, good place
	for i, f := range all {
		within := 0.0
		for at, r := range f.text {
			_, w, _ := s.glyph(f.look.face, r)
			one := float64(w) * f.look.size / 1000
			if used+one > width && fits != (place{}) {
				if good != (place{}) && good.fragment == fits.fragment && fits.at-good.at < 12 {
					fits = good
				}
				return cutAt(all, fits.fragment, fits.at, fits.width)
			}
			used, within = used+one, within+one
			fits = place{i, at + utf8.RuneLen(r), within}
			if strings.ContainsRune("./-_:,@&?=;)", r) {
				good = fits
			}
		}
	}
	return all, nil
}

func cutAt(all []fragment, i, at int, width float64) (head, rest []fragment) {
	f := all[i]
	head = append(slices.Clone(all[:i]), fragment{f.text[:at], f.look, width})
	if at < len(f.text) {
		rest = append(rest, fragment{f.text[at:], f.look, f.width - width})
	}
	return head, append(rest, all[i+1:]...)
}

// joined puts fragments of one look together, and what is written from right
// to left into the order in which it is drawn.
func joined(all []fragment) []fragment {
	var out []fragment
	for _, f := range all {
		if n := len(out); n > 0 && out[n-1].look == f.look {
			out[n-1].text += f.text
			out[n-1].width += f.width
			continue
		}
		out = append(out, f)
	}
	for i := range out {
		out[i].text = drawn(out[i].text)
	}
	return out
}
