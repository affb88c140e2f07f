module "b" {
  source = "./deeper"
}
