resource "memory_loose" "a" {
}
