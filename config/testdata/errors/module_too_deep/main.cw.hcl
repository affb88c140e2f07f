module "m" {
  source = "./d0"
}
