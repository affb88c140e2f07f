module "m" {
  source = "../d15"
}
