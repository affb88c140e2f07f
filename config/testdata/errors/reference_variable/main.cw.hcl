output "o" {
  value = var.prot
}

variable "port" {
  default = 1
}
