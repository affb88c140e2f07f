resource "memory_thing" "a" {
  for_each = { a = "1s", b = "1x" }
  name    = "a"
  content = "x"
  monitor {
    interval = each.value
  }
  block {
    host = 1
  }
}
