resource "file" "a" {
  path = "a"
  monitor {
    ai {
    }
  }
}
