resource "file" "a" {
  lifecycle {
    create_before_destroy = null
  }
}
