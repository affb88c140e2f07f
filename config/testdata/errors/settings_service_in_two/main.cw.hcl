clockwork {
  service {
  }
}
clockwork {
  service {
  }
}
