resource "memory_thing" "a" {
  name    = "a"
  content = "c"
}
