resource "memory_loose" "c" {
  content = "x"
}
resource "memory_loose" "d" {
  content = "x"
  lifecycle { enabled = memory_loose.c.id == "x" }
}
