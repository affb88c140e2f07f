resource "file" "a" {
  lifecycle {
    prevent_destory = true
  }
}
