module "m" {
  source = "../d9"
}
