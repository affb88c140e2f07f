resource "file" "a" {
  lifecycle {
    replace_triggered_by = [file.b[each.key]]
  }
}
resource "file" "b" {
  for_each = toset(["a"])
  path     = each.key
}
