module "m" {
  source = "../d29"
}
