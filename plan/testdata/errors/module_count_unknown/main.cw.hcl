resource "memory_loose" "x" {
  content = "x"
}
module "a" {
  source = "./m"
  count  = length(memory_loose.x.id)
}
output "o" { value = module.a }
