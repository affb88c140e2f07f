resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  dynamic "block" {
    for_each = [1, 2]
    content { host = block.value }
  }
}
