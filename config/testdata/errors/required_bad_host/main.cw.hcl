clockwork {
  required_providers {
    acme = { source = "example/acme/acme" }
    b    = { source = "example.com:x/acme/b" }
  }
}
