variable "a" {
  type = object({ size = number, tags = optional(map(string), {}) })
}
