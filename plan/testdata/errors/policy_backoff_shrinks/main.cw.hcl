remediation "default" {
  backoff = { initial = "1m", max = "1s" }
}

