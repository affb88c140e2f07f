resource "file" "a" {
  lifecycle {
    ignore_changes = mode
  }
}
