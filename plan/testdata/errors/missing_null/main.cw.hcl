resource "memory_thing" "a" {
  name    = null
  content = "c"
  block { host = 1 }
}
