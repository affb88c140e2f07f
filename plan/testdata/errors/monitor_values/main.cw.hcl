resource "memory_thing" "a" {
  name    = "a"
  content = "x"
  monitor {
    interval = "500ms"
    enabled  = "maybe"
  }
  block {
    host = 1
  }
}
