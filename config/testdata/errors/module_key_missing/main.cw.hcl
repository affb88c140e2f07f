module "a" {
  source   = "./sub"
  for_each = toset(["x"])
  name     = each.key
}

output "p" {
  value = module.a.path
}
