resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
  size = "many"
  flags = [true, "no thanks"]
  labels = ["x"]
}
