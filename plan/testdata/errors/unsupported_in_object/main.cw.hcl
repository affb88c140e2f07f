resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  ports = [
    { host = 1 },
    { hots = 1, host = 2 },
  ]
  nets = { "x" = { host = 1, moed = "read" } }
  one = { host = 1, deep = { k = { siez = 1, size = 2 } } }
}
