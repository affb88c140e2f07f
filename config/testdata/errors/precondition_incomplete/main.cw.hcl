resource "file" "a" {
  path = "x"
  lifecycle {
    precondition {
      condition = true
    }
  }
}
