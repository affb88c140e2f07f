resource "memory_loose" "a" {
  content = memory_loose.a.id
}
