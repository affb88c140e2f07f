resource "file" "a" {
  count    = 2
  for_each = toset(["a"])
  path     = "x"
}
