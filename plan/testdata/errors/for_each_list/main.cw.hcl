resource "memory_loose" "d" {
  for_each = ["x"]
  content  = "x"
}
