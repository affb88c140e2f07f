module "a" {
  source = "./sub"
  name   = "x"
  lifecycle {
  }
}
