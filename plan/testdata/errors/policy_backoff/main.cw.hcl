remediation "default" {
  backoff = { inital = "1s", max = "1m" }
}

