variable "a" {
  default = 1
  validation {
    condition     = var.a > var.c
    error_message = "No."
  }
}
