module "m" {
  source = "../d32"
}
