module "m" {
  source = "../d2"
}
