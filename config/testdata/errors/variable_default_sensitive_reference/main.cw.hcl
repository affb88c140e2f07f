variable "a" {
  sensitive = true
  default   = "TOPSECRET${var.b}"
}
