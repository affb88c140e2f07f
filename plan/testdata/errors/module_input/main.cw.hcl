module "a" {
  source = "./m"
  in     = "x"
}
