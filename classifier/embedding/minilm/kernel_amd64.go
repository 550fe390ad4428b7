package minilm

// kernels returns the kernels that this processor can run, the best first.
func kernels() []*kernel { return []*kernel{portable} }
