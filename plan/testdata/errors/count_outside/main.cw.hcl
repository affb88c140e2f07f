resource "memory_loose" "c" {
  content = count.index
}
