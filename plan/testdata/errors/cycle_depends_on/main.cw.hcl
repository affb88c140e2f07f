resource "memory_loose" "a" {
  content    = "x"
  depends_on = [memory_loose.b]
}
resource "memory_loose" "b" {
  content = memory_loose.a.id
}
