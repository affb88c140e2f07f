module "a" {
  source = "modules/web"
}
