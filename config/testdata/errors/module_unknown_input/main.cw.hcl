module "a" {
  source = "./sub"
  nmae   = "x"
  name   = "y"
}
