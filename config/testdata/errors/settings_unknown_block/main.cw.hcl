clockwork {
  require_providers {
  }
}
