resource "file" "a" {
  path = "a"
  monitor {
  }
  monitor {
  }
}
