module "m" {
  source = "../d1"
}
