remediation "default" {
  backoff {
    initial = "1s"
  }
  ai = {}
}
