// Package vet stands between what a model said and what is applied: the gates
// that an answer has to pass, one after the other, before there is a plan that
// package apply takes. Any doubt, any error and any panic in a gate means no.
//
// It may import plan and what plan imports. It asks no model: it is given
// the bytes of an answer.
package vet
