module "m" {
  source = "../d5"
}
