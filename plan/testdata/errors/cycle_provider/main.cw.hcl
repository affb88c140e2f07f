provider "memory" {
  namespace = memory_loose.a.id
}
resource "memory_loose" "a" {
  content = "x"
}
