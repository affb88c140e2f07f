resource "memory_loose" "a" {
  count   = length(memory_loose.b)
  content = "x"
}
resource "memory_loose" "b" {
  count   = length(memory_loose.a)
  content = "x"
}
