resource "memory_thing" "a" {
  name = "a"
  block { host = 1 }
}
