clockwork {
  required_providers {
    acme = { source = "Acme" }
  }
}
