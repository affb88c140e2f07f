clockwork {
  required_providers {
    acme {
    }
  }
}
