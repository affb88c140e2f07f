module "m" {
  source = "../d26"
}
