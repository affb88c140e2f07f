resource "file" "a" {
  path = "a"
  monitor {
    remediation = remediation.gentel
  }
}
remediation "own" {
}
