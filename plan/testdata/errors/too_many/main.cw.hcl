resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  ports = [{ host = 1 }, { host = 2 }, { host = 3 }]
}
