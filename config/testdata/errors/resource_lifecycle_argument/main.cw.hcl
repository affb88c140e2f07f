resource "file" "a" {
  lifecycle = { prevent_destroy = true }
}
