resource "memory_told" "a" {
  description = "says hello"
}

resource "memory_told" "b" {
  description = "says hello"
  name        = "b"
  content     = "c"
  source      = "s"
}

resource "memory_told" "c" {
  description = upper(nothing)
  name        = "c"
}
