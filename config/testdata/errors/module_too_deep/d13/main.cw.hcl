module "m" {
  source = "../d14"
}
