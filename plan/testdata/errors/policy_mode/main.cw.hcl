remediation "default" {
  mode           = "autoo"
  on_manual_stop = "hald"
}

resource "memory_thing" "a" {
  name    = "a"
  content = "x"
  block {
    host = 1
  }
}
