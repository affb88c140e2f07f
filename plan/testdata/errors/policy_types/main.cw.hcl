remediation "default" {
  mode     = ["auto"]
  ladder   = "restart"
  attempts = "many"
  window   = 30
  backoff  = "1s"
}

