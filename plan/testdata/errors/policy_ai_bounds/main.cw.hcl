remediation "default" {
  ladder = ["ai"]
  ai {
    bounds = {
      size    = { min = "2GiB", max = "1GiB" }
      flags   = { min = 1, max = "1s" }
      labels  = {}
      content = { low = 1 }
      source  = 3
      sizes   = { max = 1 }
      left    = { max = [1] }
      right   = { min = "1s", max = "1m" }
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
