clockwork {
  service {
    requird = true
  }
}
