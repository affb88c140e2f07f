module "m" {
  source = "../d36"
}
