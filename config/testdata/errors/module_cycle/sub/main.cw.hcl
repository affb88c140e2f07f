module "b" {
  source = "../other"
}
