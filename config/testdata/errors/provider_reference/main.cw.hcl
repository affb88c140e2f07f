provider "docker" {
  host = var.hots
}

variable "host" {
  default = "x"
}
