clockwork {
  required_providers {
    acme = { source = "other/acme" }
  }
}
