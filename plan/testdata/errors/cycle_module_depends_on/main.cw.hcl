module "a" {
  source     = "./m"
  depends_on = [memory_loose.b]
}
resource "memory_loose" "b" {
  content = module.a.out
}
