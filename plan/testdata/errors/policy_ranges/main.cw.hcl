remediation "default" {
  attempts = 101
  window   = "59s"
  backoff  = { initial = "1ms", factor = 0.5, max = "25h" }
  verify   = "2h"
}

