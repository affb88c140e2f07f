remediation "default" {
  notify {
    name    = "x"
    command = ["x"]
  }
  notify {
    name    = "x"
    command = ["y"]
  }
}
