module "m" {
  source = "../d12"
}
