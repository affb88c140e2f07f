module "m" {
  source = "../d28"
}
