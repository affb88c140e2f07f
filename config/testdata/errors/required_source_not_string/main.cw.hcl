clockwork {
  required_providers {
    acme = { source = ["acme/acme"] }
  }
}
