module "m" {
  source = "../d34"
}
