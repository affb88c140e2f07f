provider "docker" {
  alias = "eu"
}

resource "docker_container" "a" {
  provider = docker.ue
}
