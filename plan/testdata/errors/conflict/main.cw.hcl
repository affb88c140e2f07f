resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  source = "x"
  left  = "l"
  right = "r"
}
