module "m" {
  source = "../d33"
}
