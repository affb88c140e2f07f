resource "file" "a" {
  depends_on {
  }
}
