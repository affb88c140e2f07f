module "m" {
  source = "../d39"
}
