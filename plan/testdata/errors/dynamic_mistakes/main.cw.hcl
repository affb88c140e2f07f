resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  dynamic "block" {
    for_each = ["x"]
    content { hots = block.value }
  }
  dynamic "single" {
    for_each = 5
    content { host = 1 }
  }
}
