variable "name" {
}

variable "size" {
  default = 1
}

output "path" {
  value = var.name
}
