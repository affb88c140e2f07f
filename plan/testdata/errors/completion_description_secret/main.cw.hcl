variable "who" {
  default   = "canary-secret"
  sensitive = true
}

resource "memory_told" "a" {
  description = "says hello to ${var.who}"
  name        = "a"
}
