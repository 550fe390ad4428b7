package api

import (
	"context"
	"fmt"

	"assay/review"
)

// messageView is something written on a case, with the answers to it.
type messageView struct {
	Seq      int
	Kind     string
	By       string
	At       moment
	Round    int
	Text     string
	Internal bool
	Request  bool
	Waiting  bool // a request without an answer
	Answers  []messageView
	Answer   *actForm
}

// threads arranges messages: each answer below the request that it answers.
func (s *Server) threads(c review.Case, who identity) []messageView {
	var all []messageView
	at := map[int]int{}
	for _, m := range c.Messages {
		view := messageView{Seq: m.Seq, Kind: messageWords[m.Kind], By: official(m.By, who), At: s.moment(m.At), Round: m.Round, Text: plain(m.Text), Internal: m.Internal,
			Request: m.Kind == review.Question}
		if i, ok := at[m.To]; ok && m.Kind == review.Reply {
			all[i].Answers = append(all[i].Answers, view)
			continue
		}
		at[m.Seq] = len(all)
		all = append(all, view)
	}
	for _, m := range c.Requests() {
		all[at[m.Seq]].Waiting = true
	}
	return all
}

var messageWords = map[review.MessageKind]string{review.Comment: "Comment", review.Question: "Request for information", review.Reply: "Answer"}

// person is how somebody is called on a page that who reads.
func person(id string, who identity) string {
	if id != "" && id == who.ID {
		return "you"
	}
	if who.called != nil && id != "" {
		if name := who.called(id); name != "" {
			return plain(name) + " (" + plain(id) + ")"
		}
	}
	return plain(id)
}

// calling returns what people are called, each looked up once.
func (s *Server) calling(ctx context.Context) func(id string) string {
	known := map[string]string{}
	return func(id string) string {
		name, asked := known[id]
		if !asked {
			name = s.nameOf(ctx, id)
			known[id] = name
		}
		return name
	}
}

// size writes a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.0f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
