module "m" {
  source = "../d25"
}
