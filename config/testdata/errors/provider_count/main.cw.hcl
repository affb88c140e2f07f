provider "docker" {
  count = 2
}
