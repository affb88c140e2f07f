output "o" {
  value = local.naem
}

locals {
  name = 1
}
