module "a" {
  source = "../shared"
}
module "b" {
  source = "../shared/"
}
