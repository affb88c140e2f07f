resource "memory_told" "a" {
  name = "a"
}

resource "memory_told" "b" {
  description = "  "
  name        = "b"
  text        = null
  source      = "s"
}
