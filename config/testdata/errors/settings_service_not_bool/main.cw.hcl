clockwork {
  service {
    required = var.x
  }
}
variable "x" {
  default = true
}
