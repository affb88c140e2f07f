remediation "default" {
  attempts = 1.5
  window   = "30"
  backoff  = { factor = "two", initial = null }
}

