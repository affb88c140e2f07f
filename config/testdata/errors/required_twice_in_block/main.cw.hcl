clockwork {
  required_providers {
    acme = { source = "acme/acme" }
  }
  required_providers {
    acme = { source = "acme/acme" }
  }
}
