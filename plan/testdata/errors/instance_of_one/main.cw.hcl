resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
}
resource "memory_loose" "b" {
  content = memory_thing.a[0].name
}
