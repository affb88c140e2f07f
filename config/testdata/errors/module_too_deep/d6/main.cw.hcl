module "m" {
  source = "../d7"
}
