resource "file" "a" {
  for_each = toset(["a"])
  path     = "x${count.index}"
}
