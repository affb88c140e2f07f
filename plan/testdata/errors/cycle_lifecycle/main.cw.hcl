resource "memory_loose" "a" {
  content = "x"
  lifecycle {
    replace_triggered_by = [memory_loose.b]
  }
}
resource "memory_loose" "b" {
  content = memory_loose.a.id
}
