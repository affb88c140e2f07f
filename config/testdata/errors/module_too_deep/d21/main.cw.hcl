module "m" {
  source = "../d22"
}
