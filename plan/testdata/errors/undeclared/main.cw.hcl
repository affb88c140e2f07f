resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  labels = {
    a = var.nmae
    b = local.x
    c = memory_thing.b.id
    d = memory_thing.aa.name
    e = module.m.x
    f = data.memory_thing.x
  }
}
variable "name" { default = "n" }
