module "a" {
  source = "./sub"
  name   = "x"
  providers = {
    docker = docker.a.b
  }
}
