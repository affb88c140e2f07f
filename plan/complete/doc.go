// Package complete has what a model is asked about a resource's missing
// attributes, and what it may answer. It asks nobody, and knows neither plans
// nor state: package plan does.
//
// It may import providers and completion/ask.
package complete
