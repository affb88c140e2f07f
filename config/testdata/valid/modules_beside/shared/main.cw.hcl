module "inner" {
  source = "./inner"
}
resource "acme_x" "y" {
}
clockwork {
  required_providers {
    acme = { source = "acme/acme" }
  }
}
