resource "memory_thing" "a" {
  name    = "a"
  content = "c"
  block { host = 1 }
}

resource "memory_told" "a" {
  description = "says hello to ${memory_thing.a.id}"
  name        = "a"
  text        = "t"
}
