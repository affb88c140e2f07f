clockwork {
  completion {
    model   = "m"
    token   = "hunter2"
  }
}
