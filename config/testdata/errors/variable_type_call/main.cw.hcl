variable "a" {
  type = vector(string)
}
