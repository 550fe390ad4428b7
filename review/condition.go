package review

import "context"

// Inspector is a store that can tell how it is. Every store of this project is
// one; it is apart from Store because nothing about cases depends on it.
type Inspector interface {
	// Inspect looks, without writing anything, and says what it finds. It gives up
	// when ctx does, and says that too.
	Inspect(ctx context.Context) []Condition
}

// Condition is one thing that has to be well for a server to do its work.
type Condition struct {
	Name   string
	OK     bool
	Vital  bool   // the server cannot take part in cases without it
	Detail string // how it is; may name files and addresses, so it is for those who run the server
	Remedy string // what to do when it is not well
}

// Unwell returns the condition that err makes of something vital.
func Unwell(name string, err error) Condition {
	c := Condition{Name: name, Vital: true, Detail: err.Error()}
	if told, ok := err.(*Error); ok { //nolint:errorlint // a wrapped one has more to say than its core
		c.Detail, c.Remedy = told.Text, told.Remedy
		if told.Err != nil {
			c.Detail += ": " + told.Err.Error()
		}
	}
	return c
}
