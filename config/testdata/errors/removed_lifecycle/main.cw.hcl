removed {
  from = file.a
  lifecycle {
    destroy = "maybe"
  }
}
