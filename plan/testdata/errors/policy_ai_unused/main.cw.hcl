remediation "default" {
  ai {
    allow = []
  }
}

