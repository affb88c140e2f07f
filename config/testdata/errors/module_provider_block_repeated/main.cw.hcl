module "a" {
  source = "./sub"
  count  = 2
}
