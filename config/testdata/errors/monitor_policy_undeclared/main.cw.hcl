resource "file" "a" {
  path = "a"
  monitor {
    remediation = remediation.defalt
  }
}
remediation "default" {
}
