resource "docker_container" "a" {
  port {
    host = var.nope
  }
}
