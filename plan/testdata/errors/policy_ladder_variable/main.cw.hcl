variable "ladder" {
  default = ["restart", "restart"]
}

remediation "default" {
  ladder = var.ladder
}

