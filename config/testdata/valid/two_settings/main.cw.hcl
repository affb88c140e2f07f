clockwork {
  required_version = ">= 0.1"
  required_providers {
    acme = { source = "example.com/acme/acme", version = "~> 1.2" }
  }
}
