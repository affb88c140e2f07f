module "m" {
  source = "../d18"
}
