module "m" {
  source = "../d27"
}
