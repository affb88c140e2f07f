module "m" {
  source = "../d38"
}
