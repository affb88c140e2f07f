resource "file" "a" {
  path       = "x"
  depends_on = [file.a]
}
