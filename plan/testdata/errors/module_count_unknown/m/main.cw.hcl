resource "memory_loose" "x" {
  content = "x"
}
