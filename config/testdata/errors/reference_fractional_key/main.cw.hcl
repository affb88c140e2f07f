output "o" {
  value = file.a[1.5].path
}

resource "file" "a" {
  path = "a.txt"
}
