variable "in" { type = number }
resource "memory_loose" "x" {
  content = var.in
}
