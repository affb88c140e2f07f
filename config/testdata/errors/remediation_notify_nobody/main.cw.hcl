remediation "default" {
  notify {
    on = ["opened"]
  }
}
