// Package survival holds tests of what must never be lost: the real binary is
// killed, starved of disk, interrupted and given damaged files, and must come
// out of it. There is nothing in it but tests; nothing may import it.
package survival
