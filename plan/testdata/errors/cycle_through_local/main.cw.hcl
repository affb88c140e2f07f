locals {
  l = memory_loose.a.id
}
resource "memory_loose" "a" {
  content = local.l
}
