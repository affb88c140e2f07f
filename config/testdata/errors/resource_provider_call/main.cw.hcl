resource "file" "a" {
  provider = lower("FILE")
}
