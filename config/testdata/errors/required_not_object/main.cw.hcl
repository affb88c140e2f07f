clockwork {
  required_providers {
    docker = "~> 1.0"
  }
}
