module "a" {
  source = "./sub"
}
