resource "file" "a" {
  monitor "x" {
  }
}
