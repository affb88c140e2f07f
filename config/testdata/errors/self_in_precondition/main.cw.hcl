resource "file" "a" {
  path = "x"
  lifecycle {
    precondition {
      condition     = self.path == "x"
      error_message = "No."
    }
  }
}
