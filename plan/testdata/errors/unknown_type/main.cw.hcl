resource "memory_thign" "a" {
}
