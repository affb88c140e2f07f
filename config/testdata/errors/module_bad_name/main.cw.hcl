module "a/b" {
  source = "./sub"
  name   = "x"
}
