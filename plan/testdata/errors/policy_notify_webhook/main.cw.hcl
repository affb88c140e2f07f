remediation "default" {
  notify {
    webhook = "example.com/hook"
    headers = { "X Y" = "1", X = "a\nb", Y = null }
  }
}

remediation "other" {
  notify {
    webhook = null
  }
  notify {
    webhook = ["x"]
    on      = []
  }
  notify {
    command = ["x"]
    on      = ["escalate", "healed", "healed"]
  }
}

