module "c" {
  source = "../sub"
}
