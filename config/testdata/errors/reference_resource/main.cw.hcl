output "o" {
  value = file.redme.path
}

resource "file" "readme" {
  path = "x"
}
