module "m" {
  source = "../d40"
}
