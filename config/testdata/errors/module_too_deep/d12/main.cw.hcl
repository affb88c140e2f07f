module "m" {
  source = "../d13"
}
