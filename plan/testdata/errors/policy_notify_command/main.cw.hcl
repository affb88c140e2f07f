remediation "default" {
  notify {
    command = "page me"
  }
  notify {
    command = []
  }
  notify {
    command = ["", "x"]
  }
  notify {
    command = null
  }
  notify {
    command = ["x", null]
  }
}

