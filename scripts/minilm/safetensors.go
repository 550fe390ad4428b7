package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// tensors gives the values of a named tensor of a safetensors file, widened from half precision.
type tensors struct {
	header map[string]struct {
		DType   string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	data []byte
}

func parseSafetensors(file []byte) (*tensors, error) {
	if len(file) < 8 {
		return nil, fmt.Errorf("safetensors: %d bytes are too few", len(file))
	}
	size := binary.LittleEndian.Uint64(file)
	if size > uint64(len(file)-8) {
		return nil, fmt.Errorf("safetensors: a header of %d bytes in a file of %d", size, len(file))
	}
	header, data := file[8:8+size], file[8+size:]
	raw := map[string]json.RawMessage{}
	if err := json.Unmarshal(header, &raw); err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	delete(raw, "__metadata__") // free text, not a tensor
	again, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	t := &tensors{data: data}
	if err := json.Unmarshal(again, &t.header); err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	return t, nil
}

// get returns the tensor in row-major order, provided it has just this shape.
func (t *tensors) get(name string, shape ...int) ([]float32, error) {
	h, ok := t.header[name]
	if !ok {
		return nil, fmt.Errorf("safetensors: no tensor %s", name)
	}
	if h.DType != "F16" || !slices.Equal(h.Shape, shape) {
		return nil, fmt.Errorf("safetensors: %s is %s %v, want F16 %v", name, h.DType, h.Shape, shape)
	}
	count := 1
	for _, n := range shape {
		count *= n
	}
	from, to := h.Offsets[0], h.Offsets[1]
	if from < 0 || to > len(t.data) || to-from != 2*count {
		return nil, fmt.Errorf("safetensors: %s lies at %d to %d", name, from, to)
	}
	values := make([]float32, count)
	for i := range values {
		values[i] = half(binary.LittleEndian.Uint16(t.data[from+2*i:]))
	}
	return values, nil
}

// half widens an IEEE 754 half-precision number.
func half(bits uint16) float32 {
	sign := float32(1)
	if bits>>15 == 1 {
		sign = -1
	}
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	switch exponent {
	case 0:
		return sign * float32(math.Ldexp(fraction, -24))
	case 31:
		return float32(math.NaN()) // a weight is never infinite
	}
	return sign * float32(math.Ldexp(1+fraction/1024, exponent-15))
}
