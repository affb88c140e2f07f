remediation "default" {
  ladder = ["ai"]
  ai {
    bounds = {
      size    = { min = 2, max = 1 }
      flags   = { min = 1, max = "1s" }
      labels  = {}
      content = { low = 1 }
      source  = 3
      sizes   = { max = 1 }
      left    = { max = [1] }
      right   = { min = "1s", max = "1m" }

      "ports.host" = { min = 8000, max = 8999 }
      "one.mode"   = { min = "1KiB" }
      nets         = { max = 1 }
    }
  }
}

resource "memory_thing" "a" {
  name    = "a"
  content = "x"
  block {
    host = 1
  }
}
