clockwork {
  required_version = var.v
}
