variable "secret" {
  default   = "hunter2"
  sensitive = true
}

remediation "default" {
  mode     = var.secret
  ladder   = [var.secret, "ai"]
  attempts = var.secret
  window   = var.secret
  backoff  = { (var.secret) = "1s" }
  ai {
    allow  = [var.secret, "memory_thing.${var.secret}.size", "memory_thing.*.${var.secret}", "${var.secret}.*.size"]
    images = ["${var.secret}:x"]
    bounds = { (var.secret) = { min = 1 } }
    send   = [var.secret]
  }
  notify {
    webhook = var.secret
    headers = { "${var.secret} x" = var.secret }
  }
  notify {
    smtp = { host = "mail", from = var.secret, to = var.secret }
  }
}

resource "memory_thing" "a" {
  name    = "a"
  content = "x"
  block {
    host = 1
  }
}
