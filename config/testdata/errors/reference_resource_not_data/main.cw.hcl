output "o" {
  value = data.file.readme.path
}

resource "file" "readme" {
  path = "x"
}
