resource "file" "a" {
  lifecycle {
    replace_triggered_by = file.b
  }
}
