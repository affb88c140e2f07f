provider "docker" {
  lifecycle {
  }
}
