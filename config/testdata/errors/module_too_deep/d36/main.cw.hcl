module "m" {
  source = "../d37"
}
