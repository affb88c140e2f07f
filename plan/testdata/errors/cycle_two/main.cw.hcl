resource "memory_loose" "a" {
  content = memory_loose.b.id
}
resource "memory_loose" "b" {
  content = memory_loose.a.id
}
