resource "file" "a" {
  count    = 1
  for_each = {}
}
