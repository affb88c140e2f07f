module "m" {
  source = "../d3"
}
