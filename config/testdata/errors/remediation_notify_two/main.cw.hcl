remediation "default" {
  notify {
    webhook = "https://x"
    command = ["x"]
  }
}
