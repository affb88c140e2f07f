module "a" {
  source = "./sub"
  name   = "x"
}
module "a" {
  source = "./sub"
  name   = "x"
}
