resource "memory_loose" "c" {
  content = "x"
}
resource "memory_loose" "d" {
  count   = length(memory_loose.c.id)
  content = "x"
}
