resource "memory_loose" "c" {
  count   = 2
  content = "x"
}
resource "memory_loose" "b" {
  content = memory_loose.c.id
}
