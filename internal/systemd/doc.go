// Package systemd holds tests that run the service as its users do: systemd is
// booted as the first process of a small container, made of this machine's own
// /usr, and runs the real binary by the unit that clockwork service install
// writes. There is nothing in it but tests; nothing may import it.
package systemd
