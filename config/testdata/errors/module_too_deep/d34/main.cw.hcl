module "m" {
  source = "../d35"
}
