module "m" {
  source = "../d21"
}
