remediation "default" {
  ladder = ["ai"]
  ai {
    images      = ["nginx:alpine", "Nginx", "docker.io/library/redis", "localhost:5000/app"]
    max_changes = 0
    budget      = { calls_per_hour = 0, tokens = 1 }
    send        = ["status", "log", "status"]
  }
}

