clockwork {
  service {
    required = true
  }
  service {
  }
}
