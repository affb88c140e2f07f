resource "memory_thing" "a" {
  name    = "a"
  content = "x"
  monitor {
    interval = "30"
  }
  block {
    host = 1
  }
}
