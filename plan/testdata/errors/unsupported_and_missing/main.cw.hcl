resource "memory_thing" "a" {
  nmae = "x"
  content = "c"
  block { host = 1 }
}
