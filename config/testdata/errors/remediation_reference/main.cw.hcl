remediation "default" {
  mode = var.mood
  ai {
    allow = [each.key]
  }
  notify {
    webhook = var.hok
  }
}
variable "mode" {
  default = "off"
}
variable "hook" {
  default = "x"
}
