package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Bounds of one file; no datasheet comes near.
const (
	maxObjects    = 4 << 20 // values made from the file's own syntax
	maxReferences = 32      // a reference to a reference to …
	maxTreeDepth  = 64      // of the tree of pages
)

// place says where an object stands: in the file, or in an object stream.
type place struct {
	at        int // after "obj", or in the unpacked object stream
	end       int // of a stream's raw bytes; 0 when the object is no stream
	start     int // of a stream's raw bytes
	gen       int
	order     int // position in the file: what stands later is newer
	container int // object stream that holds it; 0: the file itself
}

// file is a PDF opened for reading.
//
// The cross-reference table is not read at all: objects are found where they
// stand, and the later of two with one number wins, which is what the table
// says of honest files. So broken tables do no harm, and neither do tables
// that loop or promise a billion entries.
type file struct {
	ctx     context.Context
	data    []byte
	places  map[int]place
	unpack  map[int][]byte // object streams
	cache   map[int]any
	active  map[int]bool // being resolved, against objects that contain themselves
	objects int          // left to make
	budget  int64        // bytes left to unpack
	trailer dict
	crypt   *decrypter
}

func open(ctx context.Context, data []byte, budget int64) (*file, error) {
	f := &file{ctx: ctx, data: data, places: map[int]place{}, unpack: map[int][]byte{}, cache: map[int]any{}, active: map[int]bool{},
		objects: maxObjects, budget: budget, trailer: dict{}}
	streams, err := f.scan()
	if err != nil {
		return nil, err
	}
	if err := f.readTrailers(); err != nil {
		return nil, err
	}
	if e := f.get(f.trailer["Encrypt"]); e != nil {
		d, ok := e.(dict)
		if !ok {
			return nil, ErrEncrypted
		}
		if f.crypt, err = newDecrypter(f, d); err != nil {
			return nil, err
		}
		clear(f.cache) // strings of the dictionaries read so far were not decrypted
		if r, ok := f.trailer["Encrypt"].(ref); ok {
			f.cache[r.num] = d
		}
	}
	if err := f.openObjectStreams(streams); err != nil {
		return nil, err
	}
	return f, nil
}

// scan finds every "N G obj" of the file, and returns the numbers of those
// that are streams. Bytes of streams are stepped over.
func (f *file) scan() ([]int, error) {
	var streams []int
	stream := finder{data: f.data, what: []byte("stream")}
	endobj := finder{data: f.data, what: []byte("endobj")}
	for pos, count := 0, 0; ; count++ {
		if count%4096 == 0 && f.ctx.Err() != nil {
			return nil, f.ctx.Err()
		}
		i := bytes.Index(f.data[pos:], []byte("obj"))
		if i < 0 {
			return streams, nil
		}
		at := pos + i
		pos = at + 3
		num, gen, ok := numbersBefore(f.data, at)
		if !ok {
			continue
		}
		p := place{at: pos, gen: gen, order: at}
		if next := stream.from(pos); next < endobj.from(pos) && bytes.HasSuffix(bytes.TrimRight(f.data[pos:next], " \r\n\t\x00"), []byte(">>")) {
			p.start, p.end = f.streamBody(pos, next+len("stream"))
			streams = append(streams, num)
			pos = p.end
		}
		f.places[num] = p
		if len(f.places) > maxObjects/4 {
			return nil, errObjects
		}
	}
}

// finder finds the next place of a word, and keeps it: a word that never comes
// is looked for once.
type finder struct {
	data, what []byte
	at         int
	known      bool
}

// from returns the first place at or after pos, or the length of the data.
// Later calls must not ask for earlier places.
func (s *finder) from(pos int) int {
	if s.known && s.at >= pos {
		return s.at
	}
	s.known, s.at = true, len(s.data)
	if i := bytes.Index(s.data[pos:], s.what); i >= 0 {
		s.at = pos + i
	}
	return s.at
}

// numbersBefore reads the number and generation that stand before "obj".
func numbersBefore(data []byte, at int) (num, gen int, ok bool) {
	i := at
	back := func() (int, bool) {
		end := i
		for i > 0 && end-i < 20 && isSpace(data[i-1]) {
			i--
		}
		if i == end && end != at {
			return 0, false
		}
		end = i
		for i > 0 && end-i < 10 && data[i-1] >= '0' && data[i-1] <= '9' {
			i--
		}
		n, err := strconv.Atoi(string(data[i:end]))
		return n, err == nil
	}
	if gen, ok = back(); !ok {
		return 0, 0, false
	}
	num, ok = back()
	return num, gen, ok && num > 0
}

// streamBody returns where the bytes of a stream begin and end. The declared
// length holds when "endstream" follows it.
func (f *file) streamBody(dictAt, at int) (start, end int) {
	start = at
	if start < len(f.data) && f.data[start] == '\r' {
		start++
	}
	if start < len(f.data) && f.data[start] == '\n' {
		start++
	}
	l := lexer{data: f.data[:at], pos: dictAt, refs: true, objects: &f.objects}
	if x, err := l.next(0); err == nil {
		if d, ok := x.(dict); ok {
			n, known := d["Length"].(int)
			if r, ok := d["Length"].(ref); ok {
				if p, found := f.places[r.num]; found && p.end == 0 {
					l := lexer{data: f.data, pos: p.at, objects: &f.objects}
					x, _ := l.next(0)
					n, known = x.(int)
				}
			}
			if known && n >= 0 && n <= len(f.data)-start && bytes.HasPrefix(bytes.TrimLeft(f.data[start+n:min(len(f.data), start+n+20)], "\r\n "), []byte("endstream")) {
				return start, start + n
			}
		}
	}
	i := bytes.Index(f.data[start:], []byte("endstream"))
	if i < 0 {
		return start, len(f.data)
	}
	end = start + i
	if end > start && f.data[end-1] == '\n' {
		end--
	}
	if end > start && f.data[end-1] == '\r' {
		end--
	}
	return start, end
}

// readTrailers gathers Root and Encrypt from trailers and cross-reference
// streams, the last of them winning.
func (f *file) readTrailers() error {
	type found struct {
		at int
		d  dict
	}
	var all []found
	for pos := 0; ; {
		i := bytes.Index(f.data[pos:], []byte("trailer"))
		if i < 0 {
			break
		}
		pos += i + len("trailer")
		l := lexer{data: f.data, pos: pos, refs: true, objects: &f.objects}
		x, err := l.next(0)
		if errors.Is(err, errObjects) {
			return err
		}
		if d, ok := x.(dict); ok {
			all = append(all, found{pos, d})
		}
	}
	for num, p := range f.places {
		if p.end == 0 || !bytes.Contains(f.data[p.at:p.start], []byte("XRef")) {
			continue
		}
		if s, ok := f.get(ref{num, p.gen}).(*stream); ok && s.dict["Type"] == name("XRef") {
			all = append(all, found{p.order, s.dict})
		}
	}
	slices.SortFunc(all, func(a, b found) int { return a.at - b.at })
	for _, t := range all {
		for _, k := range []name{"Root", "Encrypt", "ID"} {
			if v, ok := t.d[k]; ok {
				f.trailer[k] = v
			}
		}
	}
	return f.ctx.Err()
}

// openObjectStreams unpacks the streams that hold objects and notes their places.
func (f *file) openObjectStreams(streams []int) error {
	for _, num := range streams {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		p, ok := f.places[num]
		if !ok || p.end == 0 || !bytes.Contains(f.data[p.at:p.start], []byte("ObjStm")) {
			continue
		}
		s, ok := f.get(ref{num, p.gen}).(*stream)
		if !ok || s.dict["Type"] != name("ObjStm") || f.unpack[num] != nil {
			continue
		}
		data, err := f.decode(s)
		if isFatal(err) {
			return err
		}
		n, first := f.int(s.dict["N"]), f.int(s.dict["First"])
		if first < 0 || first > len(data) {
			continue
		}
		f.unpack[num] = data
		l := lexer{data: data[:first], objects: &f.objects}
		for range n {
			a, err1 := l.next(0)
			b, err2 := l.next(0)
			if errors.Is(err1, errObjects) || errors.Is(err2, errObjects) {
				return errObjects
			}
			id, ok1 := a.(int)
			off, ok2 := b.(int)
			if err1 != nil || err2 != nil || !ok1 || !ok2 {
				break
			}
			if id <= 0 || off < 0 || off > len(data)-first {
				continue
			}
			if old, ok := f.places[id]; !ok || old.order < p.order {
				f.places[id] = place{at: first + off, order: p.order, container: num}
				delete(f.cache, id)
			}
		}
		if len(f.places) > maxObjects/4 {
			return errObjects
		}
	}
	return nil
}

// get follows references until it finds a value; nil when there is none.
func (f *file) get(x any) any {
	for range maxReferences {
		r, ok := x.(ref)
		if !ok {
			return x
		}
		x = f.load(r)
	}
	return nil
}

func (f *file) load(r ref) any {
	if x, ok := f.cache[r.num]; ok {
		return x
	}
	p, ok := f.places[r.num]
	if !ok || f.active[r.num] {
		return nil
	}
	f.active[r.num] = true
	defer delete(f.active, r.num)
	data := f.data
	if p.container != 0 {
		data = f.unpack[p.container]
	}
	l := lexer{data: data, pos: p.at, refs: true, objects: &f.objects}
	x, err := l.next(0)
	if err != nil {
		x = nil
	}
	if _, bad := x.(operator); bad {
		x = nil
	}
	own := ref{r.num, p.gen}
	if f.crypt != nil && p.container == 0 {
		x = f.crypt.strings(x, own, 0)
	}
	if d, ok := x.(dict); ok && p.end > 0 {
		x = &stream{dict: d, raw: f.data[p.start:p.end], ref: own}
	}
	f.cache[r.num] = x
	return x
}

func (f *file) dict(x any) dict {
	switch x := f.get(x).(type) {
	case dict:
		return x
	case *stream:
		return x.dict
	}
	return nil
}

func (f *file) array(x any) array {
	a, _ := f.get(x).(array)
	return a
}

func (f *file) name(x any) name {
	n, _ := f.get(x).(name)
	return n
}

func (f *file) int(x any) int { return int(f.float(x)) }

func (f *file) float(x any) float64 {
	switch x := f.get(x).(type) {
	case int:
		return float64(x)
	case float64:
		return x
	}
	return 0
}

// page is one page with the resources it inherits.
type page struct{ dict, resources dict }

// pages returns at most limit pages in reading order; more says that there
// are others.
func (f *file) pages(limit int) (pages []page, more bool, err error) {
	root := f.dict(f.trailer["Root"])
	if f.dict(root["Pages"]) == nil {
		root = f.findCatalog()
	}
	seen := map[int]bool{}
	visited := 0
	var walk func(x any, resources dict, depth int)
	walk = func(x any, resources dict, depth int) {
		visited++
		if more || err != nil || depth > maxTreeDepth || visited > maxObjects {
			return
		}
		if visited%1024 == 0 {
			err = f.ctx.Err()
		}
		if r, ok := x.(ref); ok {
			if seen[r.num] {
				return // a page belongs to one parent; a loop ends here
			}
			seen[r.num] = true
		}
		d := f.dict(x)
		if r := f.dict(d["Resources"]); r != nil {
			resources = r
		}
		kids, isNode := f.get(d["Kids"]).(array)
		switch {
		case isNode && f.name(d["Type"]) != "Page":
			for _, kid := range kids {
				walk(kid, resources, depth+1)
			}
		case d == nil:
		case len(pages) == limit:
			more = true
		default:
			pages = append(pages, page{d, resources})
		}
	}
	walk(root["Pages"], nil, 0)
	if len(pages) > 0 || err != nil {
		return pages, more, err
	}
	// No tree leads to a page: take the pages in the order of their numbers.
	for _, num := range f.numbers() {
		if d, ok := f.get(ref{num: num}).(dict); ok && f.name(d["Type"]) == "Page" {
			walk(ref{num: num}, nil, 0)
		}
	}
	return pages, more, errors.Join(err, f.ctx.Err())
}

func (f *file) findCatalog() dict {
	var root dict
	for _, num := range f.numbers() {
		if d, ok := f.get(ref{num: num}).(dict); ok && f.name(d["Type"]) == "Catalog" && f.dict(d["Pages"]) != nil {
			root = d
		}
	}
	return root
}

func (f *file) numbers() []int {
	nums := make([]int, 0, len(f.places))
	for num := range f.places {
		nums = append(nums, num)
	}
	slices.Sort(nums)
	return nums
}

// isFatal reports errors that end the reading of a file, as against those of
// one stream, which leave the rest readable.
func isFatal(err error) bool {
	return errors.Is(err, ErrTooLarge) || errors.Is(err, ErrEncrypted) || errors.Is(err, errObjects) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("damaged PDF: "+format, args...)
}
