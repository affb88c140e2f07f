remediation "default" {
  ai {
  }
  ai {
  }
}
