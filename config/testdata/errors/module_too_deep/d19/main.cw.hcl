module "m" {
  source = "../d20"
}
