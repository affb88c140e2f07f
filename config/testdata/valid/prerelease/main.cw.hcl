clockwork {
  required_version = ">= 0.2"
}
