resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  size = 1 + "x"
  labels = { x = upper(1, 2), y = nope() }
}
