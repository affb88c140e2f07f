variable "a" {
  default = 1
  validations {
  }
}
