remediation "default" {
  ladder = ["restrt", "recreate", "recreate", 1, null, "escalate", "rollback"]
}

