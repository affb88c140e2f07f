resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  one = { mode = "read" }
  nets = { x = {}, y = { host = 2 } }
}
