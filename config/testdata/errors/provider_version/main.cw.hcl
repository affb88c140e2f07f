provider "docker" {
  version = "~> 1.0"
}
