variable "a" {
  default = 1
  validation {
    condition     = true
    error_message = "No."
    message       = "No."
  }
}
