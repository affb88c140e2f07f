clockwork {
  required_version = "new"
}
