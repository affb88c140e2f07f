resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  size = "x"
  kind = "y"
  id = "z"
}
resource "memory_thing" "b" {
  name    = "a"
  content = "c"
  block { host = 1 }
  flags = 1
}
