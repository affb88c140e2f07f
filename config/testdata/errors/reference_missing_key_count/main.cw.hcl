output "o" {
  value = file.a.path
}

resource "file" "a" {
  count = 2
  path  = "x${count.index}"
}
