resource "file" "a" {
  path = "a.txt"
}
