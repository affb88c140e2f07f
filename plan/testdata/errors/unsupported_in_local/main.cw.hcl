locals {
  ports = [{ hots = 1, host = 2 }]
}
resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  ports = local.ports
}
