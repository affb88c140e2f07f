clockwork {
  required_providers {
    acme = { sorce = "acme/acme", source = "acme/acme" }
  }
}
