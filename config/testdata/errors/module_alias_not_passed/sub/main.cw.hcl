resource "docker_container" "a" {
  provider = docker.eu
}
