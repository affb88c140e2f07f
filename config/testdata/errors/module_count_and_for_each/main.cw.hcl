module "a" {
  source   = "./sub"
  name     = "x"
  count    = 2
  for_each = {}
}
