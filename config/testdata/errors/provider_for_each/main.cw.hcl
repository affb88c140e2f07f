provider "docker" {
  for_each = toset(["a"])
}
