variable "a" {
  type      = number
  sensitive = true
  default   = "TOPSECRET"
}
