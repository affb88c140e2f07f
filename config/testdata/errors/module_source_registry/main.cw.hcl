module "a" {
  source  = "example.com/acme/web"
  version = "1.0"
}
