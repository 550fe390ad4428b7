// Package evals measures how good assessments are on labelled products: sets,
// figures with intervals, runs as records, and the comparison of two runs. A
// figure is a mean over rows; its interval comes from resampling families of
// rows, because siblings are not independent. The package knows the classifier
// only through an interface that it declares, and never tells it a label.
package evals
