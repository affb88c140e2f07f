output "o" {
  value = vars.port
}

variable "port" {
  default = 1
}
