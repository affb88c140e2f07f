remediation "default" {
  notify {
    name    = var.x
    command = ["x"]
  }
}
variable "x" {
  default = "x"
}
