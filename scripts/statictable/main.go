// Command statictable distils classifier/embedding/static/table.bin from the sentence model in package minilm.
//
//	go run ./scripts/statictable
//
// It asks the model what it makes of every piece of the vocabulary, alone and in two short phrases, and averages the three hidden
// states of the piece. The rows are centred, turned onto their principal components and cut to the first 256 of 384; strong
// components are damped, since they carry what all pieces share. Each row is then weighted by how telling its piece is:
// rare pieces count fully, frequent ones little. Takes about a minute.
//
// The kernels avx2 and avx512 give the same bytes on every machine; the portable one rounds differently and is refused.
// The numbers below were chosen on how well short product terms find the gist of their entry.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"assay/classifier/embedding"
	"assay/classifier/embedding/minilm"
	"assay/classifier/embedding/wordpiece"
)

const (
	magic     = "assay-static-1\n\n"
	width     = minilm.Dimension
	kept      = 256
	damping   = 0.25 // components are divided by their variance to this power
	frequency = 2e-4 // a piece as frequent as this weighs one half
	inside    = 0.6  // weight of pieces that continue a word: more of them make up one word
	symbols   = 0.5  // weight of punctuation, digits and single characters
	firstWord = 1996 // the vocabulary's first whole word; from here on, pieces stand in the order of their frequency
	sharp     = 10.9 // the harmonic number of the vocabulary's size: the share of rank r is about 1/(r·sharp)
	symbolsAt = 50   // the rank that symbols are given
)

// phrases are what a piece is read in; the piece stands where the gap is.
var phrases = [][2]string{{"", ""}, {"equipment with", "."}, {"the", "device"}}

func main() {
	repo := flag.String("repository", ".", "the root of the repository to write to")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*repo); err != nil {
		fmt.Fprintln(os.Stderr, "statictable:", err)
		os.Exit(1)
	}
}

func run(repo string) error {
	model, err := minilm.New()
	if err != nil {
		return err
	}
	if model.Kernel() == "portable" {
		return errors.New("the portable kernel rounds differently: run this on a processor with AVX2, without " + minilm.KernelVariable)
	}
	tok := wordpiece.New()
	rows, err := readPieces(model, tok)
	if err != nil {
		return err
	}
	center(rows[firstWord:], rows)
	variances, axes := eigen(covariance(rows[firstWord:]))
	var scales, quants bytes.Buffer
	for id, row := range rows {
		short := project(row, variances, axes)
		scale := quantise(&quants, short) * weight(tok.Piece(int32(id)), id)
		scales.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(scale))))
	}
	table := append(append([]byte(magic), scales.Bytes()...), quants.Bytes()...)
	path := filepath.Join(repo, "classifier", "embedding", "static", "table.bin")
	if err := os.WriteFile(path, table, 0o644); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, sha256 %x\n", path, len(table), sha256.Sum256(table))
	return nil
}

// readPieces returns for every piece the mean of its unit-length hidden states in the phrases, at unit length.
func readPieces(model *minilm.Model, tok *wordpiece.Tokenizer) ([][]float64, error) {
	rows := make([][]float64, tok.Size())
	for id := range rows {
		rows[id] = make([]float64, width)
	}
	for _, phrase := range phrases {
		before := tok.Append([]int32{wordpiece.Start}, phrase[0], minilm.MaxPieces)
		after := append(tok.Append(nil, phrase[1], minilm.MaxPieces), wordpiece.Separator)
		sequences := make([][]int32, tok.Size())
		for id := range sequences {
			sequences[id] = append(append(append([]int32(nil), before...), int32(id)), after...)
		}
		states, err := model.States(context.Background(), sequences)
		if err != nil {
			return nil, err
		}
		for id, state := range states {
			own := state[len(before)*width:][:width]
			embedding.Normalize(own)
			for i, v := range own {
				rows[id][i] += float64(v)
			}
		}
	}
	for _, row := range rows {
		length := math.Sqrt(dot(row, row))
		for i := range row {
			row[i] /= length
		}
	}
	return rows, nil
}

// weight is how much a piece counts in a text. Nobody counted the pieces, but the vocabulary lists its words by frequency, and
// Zipf's law makes a frequency of a rank.
func weight(piece string, id int) float64 {
	rank := float64(symbolsAt)
	if id >= firstWord {
		rank = float64(id - firstWord + 1)
	}
	w := frequency / (frequency + 1/(rank*sharp))
	switch {
	case strings.HasPrefix(piece, "##"):
		return w * inside
	case id < firstWord:
		return w * symbols
	}
	return w
}

// project gives the first components of a centred row, damped.
func project(row, variances []float64, axes [][]float64) []float64 {
	short := make([]float64, kept)
	for i := range short {
		short[i] = dot(row, axes[i]) * math.Pow(variances[i], -damping)
	}
	return short
}

// quantise appends the values as int8 and returns their scale.
func quantise(to *bytes.Buffer, values []float64) float64 {
	largest := 0.0
	for _, v := range values {
		largest = max(largest, math.Abs(v))
	}
	scale := largest / 127
	for _, v := range values {
		to.WriteByte(byte(int8(math.RoundToEven(v / scale))))
	}
	return scale
}
