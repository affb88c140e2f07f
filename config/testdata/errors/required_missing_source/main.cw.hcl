clockwork {
  required_providers {
    acme = { version = "~> 1.0" }
  }
}
