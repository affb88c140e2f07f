module "a" {
  count = 1
}
