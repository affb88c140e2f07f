data "file" "a" {
  monitor {
  }
}
