resource "docker_container" "a" {
  dynamic "port" {
    for_each = var.nope
    content {
      host = port.value + portal.value
    }
  }
}
