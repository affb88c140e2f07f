remediation "default" {
  notify {
    smtp = { hots = "mail" }
  }
  notify {
    smtp = null
  }
  notify {
    smtp = { host = "mail:25", port = 70000, from = "me", to = ["you@example.com", "them"], password = "x", starttls = "perhaps" }
  }
  notify {
    smtp = { host = "mail", from = "me@example.com", to = [] }
  }
  notify {
    smtp = "mail"
  }
}

