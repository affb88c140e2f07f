resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  single {
    hots = 1
    host = 1
  }
}
