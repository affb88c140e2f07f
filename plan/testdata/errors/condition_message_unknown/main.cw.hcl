resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  lifecycle {
    postcondition {
      condition     = false
      error_message = "it is ${self.id}"
    }
  }
}
