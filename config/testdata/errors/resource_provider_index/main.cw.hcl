resource "file" "a" {
  provider = file["a"]
}
