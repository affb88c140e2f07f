module "a" {
  source = "git::https://example.com/web.git?ref=v1"
}
