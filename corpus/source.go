package corpus

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// ErrNoDate says that neither the text nor the caller knew the day of an edition.
var ErrNoDate = errors.New("the text does not say of which day it is")

// Source is the raw material of an edition, handed to a reader.
type Source struct {
	Name      string    // file name or address, for messages and the record
	Date      string    // day of the edition when the caller knows it; "" lets the reader look in the text
	Retrieved time.Time // when the bytes were fetched
	Data      []byte
	Limits    Limits
}

// Meta returns the record of an edition of list read from s by format, with
// hash and dates filled in. found is the date the reader found in the text, or
// "". It is an error to know no date at all, or more bytes than the limit.
func (s Source) Meta(list ListID, format, found string) (Meta, error) {
	if limit := s.Limits.WithDefaults().Bytes; int64(len(s.Data)) > limit {
		return Meta{}, &ReadError{Source: s.Name, Err: fmt.Errorf("%d bytes are more than the limit of %d", len(s.Data), limit),
			Remedy: "check that this is the list itself"}
	}
	date := s.Date
	if date == "" {
		date = found
	}
	if date == "" {
		return Meta{}, &ReadError{Source: s.Name, Err: ErrNoDate,
			Remedy: "give the day with --date, such as --date 2026-06-24"}
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return Meta{}, &ReadError{Source: s.Name, Err: fmt.Errorf("%q is not a day", date), Remedy: "write it like 2026-06-24"}
	}
	sum := sha256.Sum256(s.Data)
	return Meta{List: list, Date: date, Language: "en", Format: format, Source: s.Name,
		Retrieved: s.Retrieved.UTC().Truncate(time.Second), SHA256: hex.EncodeToString(sum[:])}, nil
}
