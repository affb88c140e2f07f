resource "memory_loose" "c" {
  content = each.key
}
