provider "docker" {
  alias = var.x
}
