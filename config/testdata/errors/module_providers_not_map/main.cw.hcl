module "a" {
  source    = "./sub"
  name      = "x"
  providers = docker.eu
}
