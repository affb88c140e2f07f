// Package conceal takes secrets out of what others say: a second line of
// defence, behind not telling them. It imports nothing of Clockwork.
package conceal
