module "m" {
  source = "../d11"
}
