remediation "default" {
  notify {
    webhok = "https://x"
  }
}
