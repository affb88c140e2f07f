resource "file" "a" {
  path = "a"
  monitor {
    intervall = "1s"
  }
}
