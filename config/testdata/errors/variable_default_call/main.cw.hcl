variable "a" {
  default = upper("b")
}
