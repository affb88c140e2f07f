output "o" {
  value = file.a[0].path
}

resource "file" "a" {
  path = "a.txt"
}
