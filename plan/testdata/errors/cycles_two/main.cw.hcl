locals {
  a = local.b
  b = local.a
}
resource "memory_loose" "x" {
  content = memory_loose.y.id
}
resource "memory_loose" "y" {
  content = memory_loose.x.id
}
