module "a" {
  source = "./sub"
  name   = "x"
}

output "p" {
  value = module.a.pth
}
