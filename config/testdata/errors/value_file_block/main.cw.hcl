variable "port" {
  type = number
}

variable "names" {
  type    = list(string)
  default = []
}

variable "secret" {
  type      = number
  sensitive = true
  default   = 1
}

variable "strict" {
  nullable = false
  default  = 1
}
