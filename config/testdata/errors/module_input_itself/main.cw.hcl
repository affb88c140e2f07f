module "a" {
  source = "./sub"
  name   = module.a.path
}
