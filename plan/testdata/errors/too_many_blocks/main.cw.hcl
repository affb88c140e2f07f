resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  block { host = 2 }
  block { host = 3 }
}
