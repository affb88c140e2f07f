module "web" {
  source = "./sub"
  name   = "x"
}

output "p" {
  value = module.wbe.path
}
