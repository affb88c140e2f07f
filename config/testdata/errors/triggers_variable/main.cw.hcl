resource "file" "a" {
  lifecycle {
    replace_triggered_by = [var.x, 1, file]
  }
}
