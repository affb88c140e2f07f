variable "a" {
  type = strnig
}
