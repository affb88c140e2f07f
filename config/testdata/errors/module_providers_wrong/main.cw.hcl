clockwork {
  required_providers {
    acme = { source = "acme/acme" }
  }
}

module "a" {
  source = "./sub"
  providers = {
    docker = acme
  }
}
