resource "file" "a" {
  path = "a"
  monitor {
    remediation = default
  }
}
remediation "default" {
}
