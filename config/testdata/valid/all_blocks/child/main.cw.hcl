variable "name" {
  type = string
}

resource "docker_container" "c" {
  provider = docker.eu
  name     = var.name
}

resource "docker_container" "d" {
  name = var.name
}

output "name" {
  value = docker_container.c.name
}
