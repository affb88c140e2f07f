module "a" {
  source = "./sub"
  name   = "x"
  settings {
  }
}
