clockwork {
  required_version = null
}
