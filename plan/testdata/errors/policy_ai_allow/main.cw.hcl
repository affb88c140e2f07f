remediation "default" {
  ladder = ["ai"]
  ai {
    allow = [
      "memory_thing.*.size",
      "memory_thing.a.size",
      "memory_thing.b.size",
      "memory_thin.*.size",
      "memory_thing.*.sizes",
      "memory_thing.*.content",
      "memory_thing.*.one.hots",
      "memory_thing.*.size.x",
      "size",
      "*.*.size",
      7,
    ]
  }
}

resource "memory_thing" "a" {
  name    = "a"
  content = "x"
  block {
    host = 1
  }
}
