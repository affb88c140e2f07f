remediation "default" {
  ai {
    alow = []
  }
}
