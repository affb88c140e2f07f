clockwork {
  completion {
    max_retries = 11
    temperature = -1
    modell      = "m"
  }
  completion {
  }
}
