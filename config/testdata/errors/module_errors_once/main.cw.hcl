module "a" {
  source = "./sub"
}
module "b" {
  source = "./sub"
}
