resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  kind = "smal"
  one = { host = 1, mode = "raed" }
}
