locals {
  a = 
}

resource "file" "b" {
  path = "x
}

output "c" {
  value = local.a
  colour = "red"
}
