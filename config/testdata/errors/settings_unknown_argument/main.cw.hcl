clockwork {
  requires_version = ">= 0.1"
}
