module "m" {
  source = "../d19"
}
