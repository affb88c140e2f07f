module "m" {
  source = "../d8"
}
