module "m" {
  source = "../d31"
}
