data "file" "a" {
  path = data.file.a.path
}
