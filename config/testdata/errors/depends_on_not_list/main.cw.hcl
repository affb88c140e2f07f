resource "file" "a" {
  depends_on = file.b
}
resource "file" "b" {
  path = "a.txt"
}
