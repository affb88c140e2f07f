//go:build !linux

package state

import "errors"

func readOnly(string) error { return errors.New("only on Linux") }
func fill(string) error     { return errors.New("only on Linux") }
