resource "file" "a" {
  provider = fiel
}
