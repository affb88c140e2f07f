module "m" {
  source = "../d16"
}
