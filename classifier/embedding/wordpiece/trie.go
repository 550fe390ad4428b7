package wordpiece

// trie holds the vocabulary by the bytes of its pieces. All edges lie in one open-addressed hash table, so that a step is
// one look-up in memory, mostly in the first probe.
type trie struct {
	edges []edge  // a power of two
	ids   []int32 // by node: the piece that ends here, or -1
	shift uint
}

// edge leads from a node by a byte (together the key, plus one so that zero is an empty slot) to another node.
type edge struct {
	key, to uint32
}

// The two roots.
const (
	beginning uint32 = iota
	insideWord
)

// newTrie makes room for about n pieces and grows when there are more.
func newTrie(n int) *trie {
	t := &trie{ids: []int32{-1, -1}, shift: 32}
	size := 1
	for size < 4*n {
		size *= 2
	}
	t.resize(max(size, 8))
	return t
}

func (t *trie) resize(size int) {
	old := t.edges
	t.edges = make([]edge, size)
	t.shift = 32
	for s := size; s > 1; s /= 2 {
		t.shift--
	}
	for _, e := range old {
		if e.key != 0 {
			*t.slot(e.key) = e
		}
	}
}

// slot finds the edge of key, or the empty slot where it would be. The multiplier is 2^32 over the golden ratio, which
// spreads the consecutive keys of one node.
func (t *trie) slot(key uint32) *edge {
	mask := uint32(len(t.edges) - 1)
	for i := key * 0x9e3779b1 >> t.shift; ; i++ {
		e := &t.edges[i&mask]
		if e.key == key || e.key == 0 {
			return e
		}
	}
}

func key(node uint32, b byte) uint32 { return node<<8 | uint32(b) + 1 }

func (t *trie) insert(node uint32, piece string, id int32) {
	for i := range len(piece) {
		k := key(node, piece[i])
		e := t.slot(k)
		if e.key == 0 {
			if 4*len(t.ids) > 3*len(t.edges) {
				t.resize(2 * len(t.edges))
				e = t.slot(k)
			}
			*e = edge{key: k, to: uint32(len(t.ids))}
			t.ids = append(t.ids, -1)
		}
		node = e.to
	}
	t.ids[node] = id
}

// longest finds the longest piece that word begins with, seen from root, and its length in bytes: 0 if there is none.
func (t *trie) longest(root uint32, word []byte) (id int32, n int) {
	node := root
	for i, b := range word {
		e := t.slot(key(node, b))
		if e.key == 0 {
			break
		}
		node = e.to
		if found := t.ids[node]; found >= 0 {
			id, n = found, i+1
		}
	}
	return id, n
}
