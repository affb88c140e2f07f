resource "file" "a" {
  lifecycle {
    ignore_changes = [upper("mode")]
  }
}
