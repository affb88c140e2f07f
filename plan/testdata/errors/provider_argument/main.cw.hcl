provider "memory" {
  namspace = "x"
}
resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
}
