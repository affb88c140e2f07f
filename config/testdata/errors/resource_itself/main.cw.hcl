resource "file" "a" {
  path    = "x"
  content = file.a.path
}
