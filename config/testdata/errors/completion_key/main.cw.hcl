clockwork {
  completion {
    model   = "m"
    api_key = "sk-1"
  }
}
