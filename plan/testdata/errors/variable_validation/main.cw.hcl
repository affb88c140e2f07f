variable "n" {
  default = 1
  validation {
    condition     = var.n > 1
    error_message = "n is ${var.n}."
  }
}
