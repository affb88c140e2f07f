module "m" {
  source = "../d4"
}
