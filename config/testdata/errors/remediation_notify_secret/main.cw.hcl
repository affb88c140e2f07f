remediation "default" {
  notify {
    command = ["x"]
    secret  = "x"
    headers = {}
  }
}
