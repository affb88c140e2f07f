resource "file" "a" {
  path = "a"
