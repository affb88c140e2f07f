//go:build race

package sdktest

const raced = true
