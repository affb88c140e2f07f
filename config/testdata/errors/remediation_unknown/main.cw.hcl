remediation "default" {
  lader = ["restart"]
}
