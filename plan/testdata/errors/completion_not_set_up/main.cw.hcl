resource "memory_told" "a" {
  description = "says hello"
  name        = "a"
}

resource "memory_told" "b" {
  description = "says hello"
  name        = "b"
  text        = null
  source      = "s"
}

resource "memory_told" "after" {
  name   = memory_told.a.content
  text   = memory_told.b.text
  source = "s"
}
