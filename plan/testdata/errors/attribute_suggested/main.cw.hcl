resource "memory_item" "a" {
  name = "a"
}

locals {
  upper = upper(memory_item.a.nam)
}

output "id" {
  value = "${memory_item.a.idd}!"
}
