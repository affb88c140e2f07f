module "a" {
  name = "x"
}
