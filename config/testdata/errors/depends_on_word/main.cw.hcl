resource "file" "a" {
  depends_on = [file]
}
