resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  lifecycle {
    precondition {
      condition     = "x"
      error_message = "no"
    }
    postcondition {
      condition     = null
      error_message = "no"
    }
  }
}
