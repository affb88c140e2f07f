module "m" {
  source = "../d6"
}
