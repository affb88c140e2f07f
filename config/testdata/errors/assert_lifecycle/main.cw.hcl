assert "condition" "a" {
  lifecycle {
  }
}
