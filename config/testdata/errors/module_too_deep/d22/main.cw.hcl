module "m" {
  source = "../d23"
}
