remediation "default" {
  ladder = ["restart", "ai"]
}

