resource "file" "a" {
  provider = "file"
}
