//go:build race

package systemd

const raced = true
