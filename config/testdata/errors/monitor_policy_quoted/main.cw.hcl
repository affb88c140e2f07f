resource "file" "a" {
  path = "a"
  monitor {
    remediation = "remediation.default"
  }
}
