resource "memory_loose" "x" {
  content = "x"
}
output "out" { value = memory_loose.x.id }
