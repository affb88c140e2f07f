variable "a" {
  type    = set(object({ n = number }))
  default = [{ n = "x" }]
}
