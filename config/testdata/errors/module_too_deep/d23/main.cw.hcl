module "m" {
  source = "../d24"
}
