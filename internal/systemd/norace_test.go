//go:build !race

package systemd

const raced = false
