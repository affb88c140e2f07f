resource "memory_thing" "a" {
  content = "c"
  block { host = 1 }
}
