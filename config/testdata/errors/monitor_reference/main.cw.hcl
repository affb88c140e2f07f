resource "file" "a" {
  path = "a"
  monitor {
    interval = var.intervall
    enabled  = each.key
  }
}
variable "interval" {
}
