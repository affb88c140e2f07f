resource "file" "a" {
  depends_on = [file.bb, data.file.x, module.m]
}
resource "file" "b" {
  path = "a.txt"
}
