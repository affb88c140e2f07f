resource "file" "a" {
  path = "a.txt"
}

resource "file" "a" {
  path = "a.txt"
}
