clockwork {
  required_providers {
    docker = { source = "clockwork/docker" }
  }
}
