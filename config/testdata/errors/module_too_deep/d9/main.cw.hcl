module "m" {
  source = "../d10"
}
