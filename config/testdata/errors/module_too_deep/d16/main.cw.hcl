module "m" {
  source = "../d17"
}
