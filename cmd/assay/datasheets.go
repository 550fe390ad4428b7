package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"assay/classifier"
	"assay/internal/documents"
	"assay/review"
)

// datasheets reads the documents of cases; it is their review.DocumentReader.
type datasheets struct{}

// mediaTypes are what each kind of document is served as.
var mediaTypes = map[documents.Kind]string{
	documents.PDF:  "application/pdf",
	documents.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	documents.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	documents.HTML: "text/html",
	documents.CSV:  "text/csv",
	documents.Text: "text/plain",
}

func (datasheets) Read(ctx context.Context, name string, data []byte) (review.Reading, error) {
	doc, err := documents.Extract(ctx, name, bytes.NewReader(data), documents.Limits{Bytes: review.MaxDocument})
	var fault *documents.Error
	if errors.As(err, &fault) {
		return review.Reading{}, &review.Error{Kind: review.Invalid, Field: "document", Text: fmt.Sprintf("%s %s", fault.Name, fault.Reason), Remedy: fault.Remedy, Err: fault.Err}
	}
	if err != nil {
		return review.Reading{}, err
	}
	return review.Reading{Name: doc.Name, Media: mediaTypes[doc.Kind], Pages: doc.Pages, Text: doc.Text, Warnings: doc.Warnings}, nil
}

func (datasheets) Product(text string) classifier.Product {
	var p classifier.Product
	p.Name, p.Description = documents.FindProduct(text)
	return p
}
