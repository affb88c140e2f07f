provider "docker" {
  host = "x"
}
resource "docker_container" "a" {
}
