resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  lifecycle {
    precondition {
      condition     = false
      error_message = "it is ${sensitive("hush")}"
    }
  }
}
