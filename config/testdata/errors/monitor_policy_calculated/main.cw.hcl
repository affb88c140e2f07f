resource "file" "a" {
  path = "a"
  monitor {
    remediation = true ? remediation.a : remediation.b
  }
}
