resource "file" "a" {
  for_each = toset([each.key])
  path     = "x"
}
