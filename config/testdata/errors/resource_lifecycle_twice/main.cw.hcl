resource "file" "a" {
  lifecycle {
  }
  lifecycle {
  }
}
