variable "a" {
  description = local.b
  default     = 1
}
