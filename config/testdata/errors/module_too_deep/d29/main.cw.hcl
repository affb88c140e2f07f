module "m" {
  source = "../d30"
}
