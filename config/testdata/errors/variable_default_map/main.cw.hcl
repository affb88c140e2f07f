variable "a" {
  type    = map(object({ n = number }))
  default = { "a b" = { n = "x" } }
}
